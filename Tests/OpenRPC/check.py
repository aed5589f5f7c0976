#!/usr/bin/python3
"""Holds Protocol/openrpc.json to OpenRPC, and what tests exchanged with brokers to Protocol/openrpc.json.

    /usr/bin/python3 Tests/OpenRPC/check.py [--records DIRECTORY [--partial]]

DIRECTORY holds what the tests write where SWIFTDOCK_TEST_EXCHANGES names it: a file for each connection, JSON lines,
first {"test": NAME}, then {"sent": MESSAGE}, {"received": MESSAGE}, and {"sentText": TEXT}, {"receivedText": TEXT}
for bytes that are not known to be messages, which may be split anywhere.

The document says what is there, and nothing else may be: a member that it does not know is a violation, though clients
have to let it pass. Each of its methods and notifications has to be in the records; with --partial they need not.

Prints each violation with its test, method and JSON pointer, and at last `N passed, N failed`: one for the document,
for each example, and for each method and notification with all that was recorded of it.

Needs Debian's python3-jsonschema. schema-1.3.json is the OpenRPC project's own (Apache-2.0).
"""

import argparse
import json
import pathlib
import sys

from jsonschema import Draft7Validator, validators

HERE = pathlib.Path(__file__).resolve().parent
DOCUMENT = HERE.parent.parent / "Protocol" / "openrpc.json"
# Of one method or notification so many violations are shown.
SHOWN = 10

KEYWORDS = set(Draft7Validator.META_SCHEMA["properties"])


def openrpc_schema():
    """The schema of documents, with what it refers to outside replaced by draft-07, which it stands for."""
    stand_ins = {
        "https://meta.json-schema.tools": {"$ref": "http://json-schema.org/draft-07/schema#"},
        "https://meta.json-schema.tools/#/definitions/JSONSchemaObject/properties/$ref": {
            "type": "string",
            "format": "uri-reference",
        },
    }

    def local(schema):
        if isinstance(schema, list):
            return [local(element) for element in schema]
        if not isinstance(schema, dict):
            return schema
        reference = schema.get("$ref")
        if isinstance(reference, str) and reference in stand_ins:
            return stand_ins[reference]
        return {name: local(value) for name, value in schema.items()}

    return local(json.loads((HERE / "schema-1.3.json").read_text()))


def one_of(validator, branches, instance, schema):
    """`oneOf`, which says what is wrong in the branch whose constant members are those of the instance."""

    def is_meant(branch):
        constants = {
            name: member["const"] for name, member in branch.get("properties", {}).items() if "const" in member
        }
        if branch.get("type") != "object" or not constants or not isinstance(instance, dict):
            return False
        return all(instance.get(name) == value for name, value in constants.items())

    meant = [branch for branch in branches if is_meant(branch)]
    if len(meant) == 1:
        yield from validator.descend(instance, meant[0])
    else:
        yield from Draft7Validator.VALIDATORS["oneOf"](validator, branches, instance, schema)


Validator = validators.extend(Draft7Validator, {"oneOf": one_of})


class Document:
    def __init__(self, path):
        self.text = path.read_text(encoding="utf-8")
        self.json = json.loads(self.text)
        self.methods = {method["name"]: method for method in self.json["methods"]}
        self.errors = self.json["components"]["errors"]
        self.message_errors = {self.error_name(reference) for reference in self.json["x-message-errors"]}
        self.schemas = {name: self.closed(schema) for name, schema in self.json["components"]["schemas"].items()}
        self.error_info = self.validator({"$ref": "#/components/schemas/ErrorInfo"})
        self.params = {name: self.validator(self.params_schema(method)) for name, method in self.methods.items()}
        self.results = {
            name: self.validator(method["result"]["schema"])
            for name, method in self.methods.items()
            if "result" in method
        }
        self.method_errors = {
            name: {self.error_name(reference) for reference in method.get("errors", [])}
            for name, method in self.methods.items()
        }

    @staticmethod
    def error_name(reference):
        return reference["$ref"].removeprefix("#/components/errors/")

    def validator(self, schema):
        return Validator({"allOf": [self.closed(schema)], "components": {"schemas": self.schemas}})

    def closed(self, schema):
        """The schema with no members but those it names."""
        if not isinstance(schema, dict):
            return schema
        if len(schema.get("allOf", [])) > 1:
            schema = self.merged(schema["allOf"])
        closed = dict(schema)
        for keyword in ("allOf", "anyOf", "oneOf"):
            if keyword in schema:
                closed[keyword] = [self.closed(branch) for branch in schema[keyword]]
        for keyword in ("items", "additionalProperties"):
            if keyword in schema:
                closed[keyword] = self.closed(schema[keyword])
        if "properties" in schema:
            closed["properties"] = {name: self.closed(member) for name, member in schema["properties"].items()}
            closed.setdefault("additionalProperties", False)
        return closed

    def merged(self, parts):
        """One object schema that has the members of all of them."""
        properties, required = {}, []
        for part in parts:
            if "$ref" in part:
                part = self.json["components"]["schemas"][part["$ref"].removeprefix("#/components/schemas/")]
            properties |= part["properties"]
            required += part.get("required", [])
        return {"type": "object", "properties": properties, "required": required}

    @staticmethod
    def params_schema(method):
        return {
            "type": "object",
            "properties": {param["name"]: param["schema"] for param in method["params"]},
            "required": [param["name"] for param in method["params"] if param.get("required")],
            "additionalProperties": method.get("x-unknown-params") == "ignored",
        }

    def problems(self):
        """What is wrong with the document itself."""
        for error in Draft7Validator(openrpc_schema()).iter_errors(self.json):
            yield f"{pointer(error)}: {error.message}"
        if self.text != json.dumps(self.json, indent=2, ensure_ascii=False) + "\n":
            yield "not as `jq .` writes it"
        if len(self.methods) != len(self.json["methods"]):
            yield "a method is there twice"
        for schema in subschemas(self.json):
            for keyword in set(schema) - KEYWORDS:
                yield f"no keyword of draft-07: {keyword} in {json.dumps(schema)[:200]}"
            if "$ref" in schema and len(schema) > 1:
                yield f"members beside a $ref mean nothing: {json.dumps(schema)[:200]}"
        for reference in references(self.json):
            if not resolves(self.json, reference):
                yield f"refers to nothing: {reference}"
        for name, error in self.errors.items():
            if error["data"]["name"] != name:
                yield f"components.errors: {name} has the name {error['data']['name']}"
        for name, method in self.methods.items():
            if not method.get("examples"):
                yield f"{name} has no example"
            if ("result" in method) == ("x-direction" in method):
                yield f"{name} has to have either a result or an x-direction"
            for started in method.get("x-starts", []):
                if name not in self.methods.get(started, {}).get("x-started-by", []):
                    yield f"{name} starts {started}, which does not say so"
            for starter in method.get("x-started-by", []):
                if name not in self.methods.get(starter, {}).get("x-starts", []):
                    yield f"{name} is started by {starter}, which does not say so"

    def example_problems(self, name, example):
        params = {param["name"]: param["value"] for param in example["params"]}
        yield from self.violations(self.params[name], params)
        if name in self.results:
            if "result" not in example:
                yield "has no result"
            else:
                yield from self.violations(self.results[name], example["result"]["value"])
        elif "result" in example:
            yield "a notification has no result"

    def violations(self, validator, value):
        for error in validator.iter_errors(value):
            yield f"{pointer(error)}: {error.message[:300]}"
        for path, error in errors_inside(value):
            yield from self.pair_problems(path, error)

    def pair_problems(self, path, error):
        """An error's name, code and retryability have to be a row of the table."""
        name = error["data"].get("name")
        row = self.errors.get(name)
        if row is None:
            yield f"{path}/data/name: the document has no error {name}"
        elif (row["code"], row["data"]["retryable"]) != (error["code"], error["data"].get("retryable")):
            yield f"{path}: {name} is {row['code']}, retryable: {row['data']['retryable']}"


def pointer(error):
    """The JSON pointer to what an error of a validator is about."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in error.absolute_path) or "(root)"


def subschemas(document):
    """Every schema in the document, with those inside of it."""
    stack = list(document["components"]["schemas"].values())
    for method in document["methods"]:
        stack += [param["schema"] for param in method["params"]]
        stack += [method["result"]["schema"]] if "result" in method else []
    while stack:
        schema = stack.pop()
        if not isinstance(schema, dict):
            continue
        yield schema
        stack += schema.get("properties", {}).values()
        for keyword in ("allOf", "anyOf", "oneOf"):
            stack += schema.get(keyword, [])
        stack += [schema[keyword] for keyword in ("items", "additionalProperties", "propertyNames") if keyword in schema]


def references(value):
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        value = list(value.values())
    if isinstance(value, list):
        for element in value:
            yield from references(element)


def resolves(document, reference):
    for part in reference.removeprefix("#/").split("/"):
        if not isinstance(document, dict) or part not in document:
            return False
        document = document[part]
    return True


def errors_inside(value, path=""):
    """Error objects in a value, with their JSON pointers."""
    if isinstance(value, dict):
        if {"code", "message", "data"} <= set(value) and isinstance(value["data"], dict):
            yield path, value
        for name, member in value.items():
            yield from errors_inside(member, f"{path}/{name}")
    elif isinstance(value, list):
        for index, element in enumerate(value):
            yield from errors_inside(element, f"{path}/{index}")


class Report:
    def __init__(self):
        self.passed = self.failed = 0

    def add(self, subject, problems):
        problems = list(problems)
        if not problems:
            self.passed += 1
            return
        self.failed += 1
        for problem in problems[:SHOWN]:
            print(f"FAILED {subject}: {problem}")
        if len(problems) > SHOWN:
            print(f"FAILED {subject}: and {len(problems) - SHOWN} more")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--records", type=pathlib.Path, metavar="DIRECTORY")
    parser.add_argument("--partial", action="store_true", help="the records need not have every method")
    arguments = parser.parse_args()

    document = Document(DOCUMENT)
    report = Report()
    report.add("openrpc.json", document.problems())
    for name, method in document.methods.items():
        for example in method.get("examples", []):
            report.add(f"{name}, example {example['name']!r}", document.example_problems(name, example))
    print(f"{report.passed} passed, {report.failed} failed")
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
