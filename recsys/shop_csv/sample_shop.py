"""The shop that is shipped with the project, known by the hashes of its files."""

SHA256 = {
    "data_reviews_purchase.csv": (
        "31546e5a8b3e62d9d5baa6b5521bed9bbcdb87e633120946d8022968d4011589"
    ),
    "data_product.csv": (
        "5fa213ef2e4fde4417a8e0bb2dd0a067caa725526a2c2c4d6af3eae176ca007d"
    ),
    "data_product_attribute.csv": (
        "df81a1a305a896c083d4d3d4b3ea23c76870209a019f0491ea65f35c9204c1c8"
    ),
}


def is_part(file: str, sha256: str) -> bool:
    """Whether a file of this name and hash is one of the sample shop."""
    return SHA256.get(file) == sha256
