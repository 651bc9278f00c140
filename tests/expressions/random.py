"""Compares programs made by chance with the real jq, and prints what differs.

    python random.py DIRECTORY [SEED [COUNT]]

DIRECTORY holds the examples `programs` and `play` of the crate `expressions`, as
`cargo build --release -p expressions --examples` leaves them in target/release/examples.
"""

import json
import os
import pathlib
import subprocess
import sys

import jq

# What this project has and jq 1.8 has not, or differs by the clock.
LEFT_OUT = ("now", "toarray", "@base32", "== def", "== label")


def ours(directory, seed, count):
    """Cases and what this project answers."""
    programs = [str(directory / "programs"), str(seed), str(count)]
    cases = subprocess.run(programs, capture_output=True, check=True, text=True).stdout
    played = subprocess.run(
        [str(directory / "play")], input=cases, capture_output=True, check=True, text=True
    )
    return [
        (json.loads(case), json.loads(answer))
        for case, answer in zip(cases.splitlines(), played.stdout.splitlines(), strict=True)
    ]


def ask(case):
    """What jq answers, in a process of its own: it may run for long, or die."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        import resource
        import signal

        signal.alarm(5)
        resource.setrlimit(resource.RLIMIT_AS, (1 << 31, 1 << 31))
        os.close(reading)
        answer = {"outputs": []}
        try:
            program = jq.compile(f"({case['expression']}) | tojson")
            for output in program.input_text(case["input"]):
                answer["outputs"].append(output)
                if len(answer["outputs"]) >= 10_000:
                    break
        except ValueError as error:
            answer["error"] = str(error)
        with os.fdopen(writing, "w") as pipe:
            json.dump(answer, pipe)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    return json.loads(text) if text else None


def alike(left, right):
    """Equal but for how numbers are written."""
    try:
        return json.loads(left) == json.loads(right)
    except ValueError:
        return left == right


def main():
    directory = pathlib.Path(sys.argv[1])
    seed, count = (int(text) for text in (sys.argv[2:] + ["1", "1000"])[:2])
    different = asked = 0
    for case, answer in ours(directory, seed, count):
        if any(word in case["expression"] for word in LEFT_OUT):
            continue
        real = ask(case)
        if real is None:
            continue
        asked += 1
        outputs, expected = answer.get("outputs", []), real["outputs"]
        same = len(outputs) == len(expected) and all(map(alike, outputs, expected))
        failed = "error" in answer or "refused" in answer
        if same and failed == ("error" in real):
            continue
        different += 1
        print(f"{case['expression']}\n    input {case['input']}")
        print(f"    ours  {json.dumps(answer, ensure_ascii=False)}")
        print(f"    jq    {json.dumps(real, ensure_ascii=False)}")
    print(f"{different} of {asked} differ", file=sys.stderr)


if __name__ == "__main__":
    main()
