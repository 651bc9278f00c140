"""Validates bodies, a line of JSON each: {"event", "body"}, and the first time of an event its "schema".

Answers with a line each: null, or what is wrong.
"""

import json
import sys

from jsonschema import Draft202012Validator

validators = {}
for line in sys.stdin:
    case = json.loads(line)
    event = case["event"]
    if "schema" in case:
        Draft202012Validator.check_schema(case["schema"])
        validators[event] = Draft202012Validator(case["schema"], format_checker=Draft202012Validator.FORMAT_CHECKER)
    error = next(validators[event].iter_errors(case["body"]), None)
    print(json.dumps(error and f"{event}{error.json_path}: {error.message}"), flush=True)
