#!/usr/bin/env python3
"""Counts what an API server refused for want of rights, in its audit log: refusals.py AUDIT_LOG. Ends with 1 when there
is any, or when nothing was asked at all. What admission refuses, such as anything new in a namespace on its way out, is
no want of rights."""
import collections
import json
import sys

asked, refused = collections.Counter(), collections.Counter()
with open(sys.argv[1]) as log:
    for line in log:
        event = json.loads(line)
        user = event["user"]["username"].rpartition(":")[2]
        asked[user] += 1
        decision = event.get("annotations", {}).get("authorization.k8s.io/decision")
        if decision == "forbid" or event.get("responseStatus", {}).get("code") == 401:
            target = event.get("objectRef", {})
            what = "/".join(filter(None, (target.get("apiGroup"), target.get("resource"), target.get("subresource"))))
            place = " in " + target["namespace"] if target.get("namespace") else ""
            refused[f"{user}: {event['verb']} {what or event['requestURI']} {target.get('name', '')}{place}"] += 1

for user, count in sorted(asked.items()):
    print(f"rbac: {user} asked {count} times")
for what, count in refused.most_common(40):
    print(f"rbac: refused {count} times: {what}")
print(f"rbac: {sum(refused.values())} refused")
sys.exit(1 if refused or not asked else 0)
