"""Two environments in which a stage makes the same bytes."""

ENVIRONMENTS = {
    "a": {
        "TZ": "Asia/Ho_Chi_Minh",
        "PYTHONHASHSEED": "1",
        "LC_ALL": "C",
        "POLARS_MAX_THREADS": "1",
    },
    "b": {"TZ": "America/Lima", "PYTHONHASHSEED": "2", "PYTHONUTF8": "0"},
}
