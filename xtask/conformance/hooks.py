"""Makes Schemathesis a client as ours are: it has a token, reads its own writes, and asks for what is there.

As a program it makes a tenant, and prints it: GPUAAS_URL is the server, GPUAAS_ADMIN_TOKEN the operator's token,
GPUAAS_ACTOR who is to ask: `operator`, or `organization_admin`. Each gets an account of its own, so that nothing it
does to the operator's matters. As hooks of a run it takes what it printed from GPUAAS_TENANT.
"""

import json
import os
import re
import urllib.request
import uuid

import schemathesis

ID = re.compile(r"\b([a-z]+)_[0-7][0-9a-hjkmnp-tv-z]{25}\b")


def ask(method, path, body=None):
    """Asks the server for something that has to succeed."""
    token = os.environ["GPUAAS_ADMIN_TOKEN"]
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    if method != "GET":
        headers["Idempotency-Key"] = uuid.uuid4().hex
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{os.environ['GPUAAS_URL']}/api/v1{path}", data, headers, method=method)
    with urllib.request.urlopen(request, timeout=20) as response:
        return json.load(response)


def prepare(actor):
    """A tenant with something of every kind, and whoever asks: their token, and the ids by their prefix."""
    name = f"{actor.replace('_', '-')}-{uuid.uuid4().hex[:8]}"
    user = ask("POST", "/users", {"display_name": name, "email": f"{name}@example.org"})["id"]
    token = ask("POST", f"/users/{user}/tokens", {"name": "conformance"})
    org = ask("POST", "/orgs", {"slug": name, "display_name": name})["id"]
    if actor == "operator":
        ask("PATCH", f"/users/{user}", {"platform_roles": ["platform_admin"]})
    member = ask("POST", f"/orgs/{org}/members", {"user_id": user, "role": "org_admin"})["id"]
    project = ask("POST", f"/orgs/{org}/projects", {"slug": "research", "display_name": "Research"})["id"]
    accounts = f"/projects/{project}/service-accounts"
    account = ask("POST", accounts, {"name": "ci", "role": "project_developer"})["id"]
    secret = ask("POST", f"{accounts}/{account}/secrets", {})["id"]
    app = ask("POST", "/apps", {"organization_id": org, "slug": name, "display_name": "Lab"})["id"]
    artifact = {"name": "runtime-cpu", "image": {"local_image": "sha256:" + "ab" * 32}, "architecture": "amd64",
                "media_type": "application/vnd.oci.image.manifest.v1+json"}
    artifact = ask("POST", f"/apps/catalog/{name}/artifacts", artifact)["id"]
    with open(os.environ["GPUAAS_MANIFEST"], encoding="utf-8") as file:
        manifest = json.load(file)
    manifest["profile"]["slug"] = name
    version = ask("POST", f"/apps/catalog/{name}/versions", {"version": "1", "manifest": manifest})["id"]
    node = ask("POST", "/nodes", {"name": name, "simulated": True})["id"]
    enrollment = ask("POST", f"/nodes/{node}/enrollment-tokens", {})["enrollment"]["id"]
    shape = {"architecture": "amd64", "cpu_cores": 2, "memory_gib": 4}
    sku = ask("POST", "/skus", {"name": name, "display_name": "Two cores", "shape": shape})["id"]
    unit = {"name": name, "product_id": name, "description": "A token", "dimension": "count"}
    unit = ask("POST", "/usage-units", unit)["id"]
    book = ask("POST", "/price-books", {"name": name, "currency": "EUR"})["id"]
    ask("POST", f"/orgs/{org}/ledger", {"price_book_id": book})
    allocation = ask("POST", f"/projects/{project}/allocations", {"sku_id": sku, "display_name": "Mine"})["id"]
    ids = [user, token["token"]["id"], org, member, project, account, secret, app, artifact, version, node,
           enrollment, sku, unit, book, allocation]
    # Without the operator nobody could prepare the next run.
    spared = [ask("GET", "/users/me")["id"]]
    return {"bearer": token["bearer"], "slug": name, "own": {id.split("_")[0]: id for id in ids}, "spared": spared}


if __name__ == "__main__":
    print(json.dumps(prepare(os.environ["GPUAAS_ACTOR"])))
    raise SystemExit

TENANT = json.loads(os.environ["GPUAAS_TENANT"])
OWN = TENANT["own"]
KNOWN = set(OWN.values())
SLUGS = {TENANT["slug"]}
POSITION = None
# Of nothing.
NOBODY = "01h2e8kqvbfwea724h75qc655w"
TRACE = re.compile("[0-9a-f]{31}[1-9a-f]")
CHANGES_ITSELF = {"update_user", "update_organization_member"}


def known(value):
    """An id that nobody has made becomes one of the tenant's."""
    if isinstance(value, dict):
        return {key: known(item) for key, item in value.items()}
    if isinstance(value, list):
        return [known(item) for item in value]
    if isinstance(value, str) and (match := ID.fullmatch(value)) and value not in KNOWN:
        return OWN.get(match.group(1), value)
    return value


def known_path(path):
    """A path with an id that nobody has made leads to the tenant's own, from its first to its last."""
    ids = [match for match in map(ID.fullmatch, map(str, path.values())) if match]
    if all(match.group(0) in KNOWN for match in ids) and path.get("app_slug", TENANT["slug"]) in SLUGS:
        return path
    owned = {name: OWN.get(str(value).split("_")[0], value) for name, value in path.items()}
    return {**owned, "app_slug": TENANT["slug"]} if "app_slug" in path else owned


def is_valid(case):
    return case.meta is None or case.meta.generation.mode == schemathesis.GenerationMode.POSITIVE


def spare(case):
    """Whoever asks puts neither itself nor what it has out of the way: what others made is enough."""
    path = case.path_parameters or {}
    ends = case.method == "DELETE" or case.path.endswith(("/retire", "/ban", "/erase", "/disable"))
    named = re.findall(r"{(\w+)}", case.path)
    if not named or not (ends or case.operation.definition.raw["operationId"] in CHANGES_ITSELF):
        return
    if path.get(named[-1]) in {*OWN.values(), *TENANT["spared"]}:
        case.path_parameters = {**path, named[-1]: f"{path[named[-1]].split('_')[0]}_{NOBODY}"}


@schemathesis.hook
def before_call(context, case, **kwargs):
    if not is_valid(case):
        # A dry run answers 200, and in it what would be refused.
        if case.query and str(case.query.get("dry_run")).lower() == "true":
            case.query.pop("dry_run")
        return spare(case)
    case.headers = case.headers or {}
    # What the server made up cannot be guessed, and an id from another answer is no trace.
    case.headers.pop("X-Log-Position", None)
    if not TRACE.fullmatch(str(case.headers.get("X-Correlation-Id", ""))):
        case.headers.pop("X-Correlation-Id", None)
    if case.query:
        case.query.pop("cursor", None)
        # Nor can a moment at which a resource was there.
        case.query.pop("as_of", None)
    if POSITION is not None and case.operation.method == "get":
        case.headers["X-Log-Position"] = POSITION
    if case.path_parameters:
        case.path_parameters = known_path(case.path_parameters)
    spare(case)
    if isinstance(case.body, dict):
        case.body = known(case.body)


@schemathesis.hook
def after_call(context, case, response):
    global POSITION
    for position in response.headers.get("x-log-position", []):
        POSITION = position
    if response.status_code < 300:
        text = response.content.decode("utf-8", "replace")
        KNOWN.update(match.group(0) for match in ID.finditer(text))
        SLUGS.update(re.findall(r'"app_[^"]*"[^{}]*"slug": *"([^"]+)"', text))


@schemathesis.check
def the_token_still_counts(context, response, case):
    """Else the rest of the run would be refused, and pass."""
    sent = response.request.headers.get("Authorization")
    refused = response.status_code == 401 and b'"token_' in response.content
    assert not (refused and sent == f"Bearer {TENANT['bearer']}"), "the run has put itself out of the way"
