"""Two conversations of three turns each against the gateway, only with Python's own library."""
import json
import sys
import urllib.request

gateway, model = sys.argv[1:3]
system = (
    "You are the assistant of a railway company. You know every timetable, every fare and every rule of the network, "
    "you answer in two sentences, you name the source of each fact, and you say so when you do not know. "
    "Passengers ask about trains, tickets, seats, bicycles, dogs, delays and refunds."
)
turns = ["When does the first train leave for the coast?", "May I bring a bicycle?", "And what does a seat cost?"]


def ask(messages):
    body = json.dumps({"model": model, "messages": messages, "max_tokens": 24}).encode()
    request = urllib.request.Request(
        gateway + "/v1/chat/completions", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as response:
        return json.load(response)


for passenger in ("Ada", "Ben"):
    messages = [{"role": "system", "content": f"{system} You speak to {passenger}."}]
    for number, turn in enumerate(turns, 1):
        messages.append({"role": "user", "content": turn})
        answer = ask(messages)
        usage = answer["usage"]
        cached = (usage.get("prompt_tokens_details") or {}).get("cached_tokens") or 0
        print(f"  {passenger}, turn {number}: {usage['prompt_tokens']} prompt tokens, {cached} from the cache")
        messages.append({"role": "assistant", "content": answer["choices"][0]["message"]["content"]})
