"""Generated shops and the measurements that run on them."""
