"""Traffic for real engines behind Martlet, and what must hold; prints 'N passed, N failed'."""
import json
import random
import sys
import urllib.request

what, gateway, coordinator, model = sys.argv[1:5]
passed, failed = 0, 0


def call(url, body=None, headers=None):
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(url, data, {"Content-Type": "application/json", **(headers or {})})
    with urllib.request.urlopen(request, timeout=120) as response:
        return json.loads(response.read())


def check(holds, text):
    global passed, failed
    passed, failed = passed + bool(holds), failed + (not holds)
    if not holds:
        print("FAILED:", text)


def ask(number, kind, prompt, **more):
    ident = f"e2e-{what}-{number}"
    if kind == "chat":
        path, body = "/v1/chat/completions", {"messages": [{"role": "user", "content": prompt}]}
    else:
        path, body = "/v1/completions", {"prompt": prompt}
    body.update(model=model, max_tokens=8, temperature=0, **more)
    answer = call(gateway + path, body, {"X-Request-Id": ident})
    decision = call(f"{coordinator}/debug/decisions/{ident}")
    return answer, decision


def cached():
    seed = random.randrange(1 << 30)
    print("seed", seed)
    pick = random.Random(seed)
    words = ["block", "chain", "engine", "rank", "token", "prefix", "cache", "route", "node", "fleet"]
    prefixes = [" ".join(pick.choice(words) for _ in range(120)) for _ in range(4)]
    hits = 0
    for number in range(60):
        prompt = pick.choice(prefixes) + " " + " ".join(pick.choice(words) for _ in range(pick.randrange(4, 40)))
        answer, decision = ask(number, pick.choice(["chat", "completion"]), prompt)
        told = (answer["usage"].get("prompt_tokens_details") or {}).get("cached_tokens") or 0
        predicted = decision.get("predictedCachedTokens")
        hits += told > 0
        check(predicted == told, f"request {number}: predicted {predicted} cached tokens, the engine says {told}: "
              + json.dumps(decision))
    check(hits >= 40, f"only {hits} of 60 requests hit the cache")


def pair():
    for number in range(6):
        answer, decision = ask(number, "completion", f"Question {number}: " + "where is the capital " * (4 + number))
        check(answer["choices"][0]["finish_reason"] in ("length", "stop"), f"request {number} has no answer")
        check(decision.get("pod") and decision.get("prefillPod"), f"request {number} did not take two pods: " + json.dumps(decision))


{"cached": cached, "pair": pair}[what]()
print(f"{passed} passed, {failed} failed")
sys.exit(1 if failed else 0)
