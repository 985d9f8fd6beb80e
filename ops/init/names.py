"""Names of products among the rows of reviews or orders, as where these were joined with their
products.
"""

from ops.init.sniff import Form
from recsys.source import words
from recsys.source.words import by_name

OFTEN = 3  # rows a product, in all of which its name is the same


def of_products(form: Form, product: str) -> str:
    """The column that is called a name or title and has one for each `product`; "" if none does: a
    title is one of reviews then.
    """
    ids = [cell.strip() for cell in form.rows.get(product, [])]
    count = len(set(ids))
    if len(ids) < OFTEN * count or count < 2:
        return ""
    columns = by_name(form.columns)
    for column in (columns[name] for name in words.NAME if name in columns):
        cells = [cell.strip() for cell in form.rows[column]]
        is_one = len(set(zip(ids, cells, strict=True))) == count
        if column != product and is_one and 2 * len({*cells} - {""}) > count:
            return column
    return ""
