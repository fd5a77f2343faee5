"""A project whose notebook declares a GPU, built by hosts with and without one, and a bucket between them."""

import json
import os
from pathlib import Path

import requests
from lxml import html
from support.running import Run, report_of, run_toolchain

PAGE = """\
---
file_format: mystnb
execution: {gpus: 1}
kernelspec:
  name: python3
---

# Section

```{code-cell} ipython3
open("../data/heights.csv").read().strip()
```
"""
NAME = "chapter_waves/index"
DRIVER = "#!/bin/sh\necho '0, GPU-aaa, simulated, 8.6'\n"
NO_ACCOUNT = {
    **dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), ""),
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_DEFAULT_REGION": "us-east-1",
}
ACCOUNT = {**NO_ACCOUNT, "AWS_ACCESS_KEY_ID": "somebody", "AWS_SECRET_ACCESS_KEY": "secret"}


def build(project: Path, *options: str, env: dict[str, str] | None = None) -> Run:
    """Build the site where no kernel could start: there is no place to make its environment in."""
    return run_toolchain(
        "build", "html", *options, project=project, env={**(env or {}), "XDG_CACHE_HOME": os.devnull}
    )


def statuses(project: Path) -> list[str]:
    return [notebook["status"] for notebook in report_of(project)["notebooks"]]


def shown(project: Path) -> str:
    page = html.parse(str(project / f"_build/html/{NAME}.html"))
    return "".join(
        output.text_content().strip() for output in page.xpath("//div[contains(@class, 'cell_output')]")
    )


def bucket(s3: str, name: str) -> str:
    """Make a bucket that everybody may read, and give its address."""
    everybody = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{name}/*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [everybody]})
    for query, body in (("", ""), ("?policy", policy)):
        requests.put(f"{s3}/{name}{query}", data=body, timeout=60).raise_for_status()
    return f"s3://{name}/results"
