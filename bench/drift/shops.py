"""The shops that drift is tried on: figures that bench/drift/fit.py found of their events.

`hasaki` is a real shop of Vietnam (the newest two years of its reviews), `sample` the generated one
of this repository. In both a hundredth of the events is of products that the catalogue does not
have, so that there is something to watch.
"""

from bench.drift.shop import Traits

SHOPS = {
    "hasaki": Traits(
        name="hasaki",
        stars=(0, 0, 0.0394, 0, 0.0482, 0, 0.0647, 0, 0.0815, 0, 0.7662),
        low=0.1523,
        low_alike=0.056,
        more=0.198,
        new_users=0.478,
        day_spread=0.312,
        week_spread=0.167,
        week_alike=0.6,
        sales=0.038,
        sale_factor=6.3,
        items=481,
        tilt=0.87,
        shift=2.0,
        unknown=0.01,
        quality=(0.639, 0.175),
    ),
    "sample": Traits(
        name="sample",
        stars=(0, 0, 0.0278, 0, 0.0168, 0, 0.0273, 0, 0.0558, 0, 0.8723),
        low=0.0719,
        low_alike=0.011,
        more=0.012,
        new_users=0.408,
        day_spread=0.006,
        week_spread=0.048,
        week_alike=0.0,
        sales=0.0,
        sale_factor=1.0,
        items=293,
        tilt=0.73,
        shift=2.0,
        unknown=0.01,
        quality=(0.715, 0.223),
    ),
}
