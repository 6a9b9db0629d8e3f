import JSONValues
import Testing

@testable import martlet

/// One request's record as people read it.
struct RequestPageTests {
    static func candidate(_ pod: String, _ total: Double, because: String? = nil) -> JSONValue {
        .members([
            "pod": .string(pod), "namespace": "dev", "role": "none",
            "costMilliseconds": ["total": .double(total), "queue": 1.26, "prefill": 2],
            "cachedTokens": 16, "because": because.map { .string($0) },
        ])
    }

    @Test func `says how each candidate was weighed, what was tried and how it ended`() {
        let record: JSONValue = [
            "requestID": "r-1", "method": "POST", "path": "/v1/chat/completions", "model": "m", "route": "dev/route",
            "backend": "model_server", "server": "dev/server", "reason": "leastCost", "pod": "b",
            "tokens": ["source": "engine", "prompt": 40],
            "candidates": [Self.candidate("a", 12.5), Self.candidate("b", 3, because: "Its engine is down")],
            "attempts": [["pod": "b", "outcome": "answered", "status": 200, "milliseconds": 4.04]],
            "reported": ["promptTokens": 40, "completionTokens": 2], "totalMilliseconds": 9.96, "status": 200,
        ]
        #expect(
            RequestPage(record: record).text == """
                Request:     r-1
                Asked:       POST /v1/chat/completions
                Model:       m
                Route:       dev/route
                Sent to:     model_server dev/server
                Prompt:      40 tokens (engine)
                Chosen by:   leastCost
                Pod:         b
                Reported:    prompt 40, completion 2
                Took:        10 ms
                Status:      200

                Costs in milliseconds:
                CANDIDATE   ROLE   TOTAL   QUEUE   PREFILL   INTERFERENCE   DECODE   ADAPTER   PRESSURE   CACHED   \
                LEFT OUT BECAUSE
                dev/a       none   12.5    1.3     2         -              -        -         -          16       
                dev/b       none   3       1.3     2         -              -        -         -          16       \
                Its engine is down

                ATTEMPT   POD(S)   OUTCOME    STATUS   AFTER
                1         b        answered   200      4 ms
                """)
    }

    @Test func `shows scores where plugins decided, and nothing where nothing is kept`() {
        let record: JSONValue = [
            "requestID": "r", "status": 404, "error": "route not found", "totalMilliseconds": 0.2,
            "candidates": [["pod": "a", "namespace": "n", "scores": ["total": 150, "random": 50, "gpu-usage": 100]]],
        ]
        let text = RequestPage(record: record).text
        #expect(text.contains("CANDIDATE   ROLE   TOTAL   GPU-USAGE   RANDOM   CACHED"))
        #expect(text.contains("n/a         -      150     100         50       -"))
        #expect(text.contains("Error:     route not found") && !text.contains("ATTEMPT"))
        #expect(!RequestPage(record: ["requestID": "r", "candidates": []]).text.contains("CANDIDATE"))
    }
}
