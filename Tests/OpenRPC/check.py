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
        for name in capabilities(self.json["methods"]) - set(self.json["x-capabilities"]):
            yield f"x-capabilities does not have {name}"
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


def capabilities(methods):
    """Those that methods and their params name."""
    described = methods + [param for method in methods for param in method["params"]]
    return {part["x-capability"] for part in described if "x-capability" in part}


def resolves(document, reference):
    for part in reference.removeprefix("#/").split("/"):
        if not isinstance(document, dict) or part not in document:
            return False
        document = document[part]
    return True


def errors_inside(value, path=""):
    """Error objects in a value, with their JSON pointers."""
    if isinstance(value, dict):
        if isinstance(value.get("code"), int) and isinstance(value.get("data"), dict):
            yield path, value
        for name, member in value.items():
            yield from errors_inside(member, f"{path}/{name}")
    elif isinstance(value, list):
        for index, element in enumerate(value):
            yield from errors_inside(element, f"{path}/{index}")


class Finding:
    """What the records have of one method or notification."""

    def __init__(self):
        self.seen = False
        self.problems = []


class Records:
    """What was exchanged, sorted by method. `self.rest` is what cannot be said to belong to one."""

    def __init__(self, document, directory):
        self.document = document
        self.findings = {name: Finding() for name in document.methods}
        self.rest = Finding()
        self.messages = 0
        for path in sorted(directory.glob("*.jsonl")):
            Connection(self, path).check()

    def of(self, method):
        return self.findings.get(method, self.rest)


class Connection:
    """One recorded connection."""

    def __init__(self, records, path):
        self.records = records
        self.document = records.document
        lines = [json.loads(line) for line in path.read_bytes().splitlines()]
        self.test = lines[0]["test"]
        self.sent = [line["sent"] for line in lines if "sent" in line]
        raw = list(messages_in("".join(line.get("sentText", "") for line in lines)))
        self.sent += raw
        # Of what was sent as bytes, the broker may have taken another part for messages than this program.
        self.is_certain = not raw
        self.received = [line["received"] for line in lines if "received" in line]
        self.received += messages_in("".join(line.get("receivedText", "") for line in lines))
        # The requests of each id in their order: an id may be used again once its request was answered.
        self.requests = {}
        self.called = set()

    def check(self):
        for message in flattened(self.sent):
            if isinstance(message, dict) and isinstance(message.get("method"), str):
                self.check_sent(message)
        for message in flattened(self.received):
            self.records.messages += 1
            if "method" in message:
                self.check_notification(message)
            elif not self.is_certain:
                self.check_some_answer(message)
            else:
                self.check_answer(message)

    def check_sent(self, message):
        method = message["method"]
        self.called.add(method)
        is_notification = method in self.document.methods and method not in self.document.results
        if is_notification and "id" not in message:
            self.records.of(method).seen = True
            if self.is_certain:
                self.check_params(message)
        if "id" in message:
            self.requests.setdefault(key(message["id"]), []).append(message)

    def check_notification(self, message):
        name = message["method"]
        finding = self.records.of(name)
        finding.seen = True
        self.expect(finding, name, set(message) == {"jsonrpc", "method", "params"}, "/", "not the members of one")
        method = self.document.methods.get(name, {})
        if method.get("x-direction") != "brokerToClient":
            self.tell(finding, name, "the document has no such notification to clients")
            return
        starters = method["x-started-by"]
        self.expect(finding, name, self.called & set(starters), "/method", f"came without a call of {starters}")
        for problem in self.document.violations(self.document.params[name], message["params"]):
            self.tell(finding, name, f"/params{problem}")

    def check_some_answer(self, message):
        """One that cannot be said to belong to a certain request: it has to be what some method answers."""
        if "error" in message:
            return self.check_error(self.records.rest, None, message["error"])
        for results in self.document.results.values():
            if not any(self.document.violations(results, message.get("result"))):
                return
        self.tell(self.records.rest, None, f"/result: of no method: {json.dumps(message)[:300]}")

    def check_answer(self, message):
        request = self.request_of(message)
        method = request["method"] if request else None
        finding = self.records.of(method)
        finding.seen = True
        members = set(message)
        is_answer = members in ({"jsonrpc", "id", "result"}, {"jsonrpc", "id", "error"})
        self.expect(finding, method, is_answer, "/", f"an answer with the members {sorted(members)}")
        if "error" in message:
            self.check_error(finding, method, message["error"])
        elif method not in self.document.results:
            self.tell(finding, method, "/result: the document has no such method")
        else:
            for problem in self.document.violations(self.document.results[method], message["result"]):
                self.tell(finding, method, f"/result{problem}")
            self.check_params(request)

    def check_params(self, message):
        """What was accepted has to be what the document allows."""
        name = message["method"]
        params = without_ignored(message.get("params") or {})
        for error in self.document.params[name].iter_errors(params):
            self.tell(self.records.of(name), name, f"/params{pointer(error)}: accepted, though {error.message[:300]}")

    def check_error(self, finding, method, error):
        for problem in self.document.violations(self.document.error_info, error):
            self.tell(finding, method, f"/error{problem}")
        name = error.get("data", {}).get("name")
        listed = self.document.message_errors | self.document.method_errors.get(method, set())
        # Without a request it is the connection that is refused.
        self.expect(finding, method, name in listed or method is None, "/error", f"the method does not list {name}")

    def request_of(self, message):
        """The request that an answer belongs to; None for an error that answers nothing readable."""
        waiting = self.requests.get(key(message.get("id")), [])
        name = message.get("error", {}).get("data", {}).get("name")
        if not waiting:
            if message.get("id") is not None and name not in self.document.message_errors:
                self.tell(self.records.rest, None, f"/id: answers nothing that was recorded: {json.dumps(message)[:300]}")
            return None
        return waiting.pop(1 if name == "DuplicateRequestId" and len(waiting) > 1 else 0)

    def expect(self, finding, method, condition, path, problem):
        if not condition:
            self.tell(finding, method, f"{path}: {problem}")

    def tell(self, finding, method, problem):
        finding.problems.append(f"{self.test}: {method or 'no method'}: {problem}")


def key(identifier):
    """So that 1 and "1" differ."""
    return type(identifier).__name__, json.dumps(identifier)


def flattened(messages):
    for message in messages:
        if isinstance(message, list):
            yield from message
        else:
            yield message


def messages_in(text):
    """The JSON texts in bytes that may hold anything between them: blanks, headers, what was sent to be refused."""
    decoder = json.JSONDecoder()
    position = 0
    while True:
        starts = [start for start in (text.find("{", position), text.find("[", position)) if start >= 0]
        if not starts:
            return
        try:
            message, position = decoder.raw_decode(text, min(starts))
        except (ValueError, RecursionError):
            # The broker, too, goes on with the next line.
            line_end = text.find("\n", min(starts))
            if line_end < 0:
                return
            position = line_end
        else:
            yield message


def without_ignored(value):
    """Params without what the broker ignores: members that are null or that begin with x-."""
    if isinstance(value, list):
        return [without_ignored(element) for element in value]
    if not isinstance(value, dict):
        return value
    return {
        name: without_ignored(member)
        for name, member in value.items()
        if member is not None and not name.startswith("x-")
    }


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
    if arguments.records:
        records = Records(document, arguments.records)
        for name, finding in records.findings.items():
            if finding.seen:
                report.add(name, finding.problems)
            elif not arguments.partial:
                report.add(name, ["never exercised"])
        report.add("messages of no method", records.rest.problems)
        print(f"{records.messages} messages were read.")
    print(f"{report.passed} passed, {report.failed} failed")
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
