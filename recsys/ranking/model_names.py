"""The names of models: those that may be registered, and the baseline that they have to beat."""

BLEND = "blend"  # of the other two models; evaluated where it is offered
MODELS = ("als", "bpr", BLEND)  # those that may be registered; the others are baselines
BASELINE = "popularity"  # what a model has to beat
