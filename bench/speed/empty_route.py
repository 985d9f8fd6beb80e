"""A FastAPI route that does nothing, served as service.py is: what HTTP itself costs."""

import sys

import orjson
import uvicorn
from fastapi import FastAPI, Response

app = FastAPI()


@app.get("/recommend/{user_id}")
async def nothing(user_id: str, k: int = 10) -> Response:
    """An empty list."""
    content = orjson.dumps({"user_id": user_id, "k": k, "items": []})
    return Response(content, media_type="application/json")


@app.get("/health")
async def health() -> Response:
    """It is up."""
    return Response(b"{}", media_type="application/json")


if __name__ == "__main__":
    options = {"access_log": False, "log_level": "warning", "server_header": False}
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), **options)
