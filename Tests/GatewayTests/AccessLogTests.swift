import AgentProtocol
import HTTPWire
import JSONValues
import Observability
import Synchronization
import Testing

@testable import Gateway
@testable import Routing

/// The access log in both of its forms, letter by letter where letters are given.
struct AccessLogTests {
    /// A request that some pod answered, of a Gateway.
    static func served() -> RequestRecord {
        let record = RequestRecord(id: "r-1", method: "POST", path: "/v1/chat/completions", isOld: false)
        record.model = "m"
        record.isKnownModel = true
        record.status = 200
        record.match = match(.modelServer)
        record.listener = ListenerID(gateway: ObjectName(namespace: "dev", name: "default"), name: "http")
        record.attempts = [attempt("pod-0", "no answer in time"), attempt("pod-1", "answered")]
        record.upstreamStatus = 200
        (record.sentAt, record.headAt, record.endedAt) = (1.9, 40, 52.7)
        record.promptTokens = 7
        return record
    }

    static func match(_ backend: Backend) -> RouteTable.Match {
        RouteTable.Match(
            route: ObjectName(namespace: "dev", name: "route"), rule: "all",
            server: ObjectName(namespace: "dev", name: "server"), backend: backend)
    }

    static func attempt(_ pod: String, _ outcome: String) -> RequestRecord.Attempt {
        let engine = EngineID(namespace: "dev", pod: pod, port: 8_000)
        return RequestRecord.Attempt(
            endpoint: Endpoint(engine: engine, host: "127.0.0.1"), outcome: outcome, milliseconds: 1)
    }

    static func line(_ record: RequestRecord, _ format: AccessLogFormat, upstreamModel: String = "real") -> String {
        let written = Mutex<[UInt8]>([])
        let log = AccessLog(format, dropped: dropped) { bytes in written.withLock { $0 += bytes } }
        log.append(record, LineNames(format, record.match, upstreamModel: upstreamModel))
        log.flush()
        return String(decoding: written.withLock { $0 }, as: UTF8.self)
    }

    static let dropped = MetricsRegistry().counter("dropped_total", help: "Dropped").cell()

    @Test func `the text has Kthena's keys in Kthena's order`() {
        let line = Self.line(Self.served(), .text)
        #expect(
            String(line.drop { $0 != "]" })
                == "] \"POST /v1/chat/completions HTTP/1.1\" 200 model_name=m model_route=dev/route "
                + "model_server=dev/server selected_pod=pod-1 request_id=r-1 backend_type=model_server "
                + "backend_name=dev/server upstream_model=real upstream_status_code=200 upstream_attempts=2 "
                + "gateway=dev/default tokens=7/0 timings=52ms(1+38+12)\n")
    }

    @Test func `the object has Kthena's keys in Kthena's order`() throws {
        let record = Self.served()
        record.failure = ClientError(502, "proxy", "it \"broke\"\noff", code: .answerCut)
        record.match = Self.match(.inferencePool)
        let line = Self.line(record, .json)
        let json = try JSONValue.parse(line)
        #expect(line.hasPrefix("{\"timestamp\":\"20") && line.hasSuffix("}\n"))
        #expect(
            json.object?.map { $0.key } == [
                "timestamp", "method", "path", "protocol", "status_code", "error", "model_name", "selected_pod",
                "request_id", "backend_type", "backend_name", "upstream_model", "upstream_status_code",
                "upstream_attempts", "error_origin", "gateway", "http_route", "inference_pool", "input_tokens",
                "duration_total", "duration_request_processing", "duration_upstream_processing",
                "duration_response_processing",
            ])
        #expect(json["error"] == ["type": "proxy", "message": "it \"broke\"\noff"])
        #expect(json["status_code"] == 200 && json["protocol"] == "HTTP/1.1" && json["input_tokens"] == 7)
        #expect(json["http_route"] == "dev/route" && json["inference_pool"] == "dev/server")
        #expect(json["duration_total"] == 52 && json["duration_upstream_processing"] == 38)
    }

    @Test func `of a request without a route only what is known is told`() throws {
        let record = RequestRecord(id: "r", method: "POST", path: "/v1/x\"\\", isOld: true)
        record.status = 404
        record.model = "no\nsuch \u{1B}[31mmodel"
        record.failure = .routeNotFound(record.model)
        let text = Self.line(record, .text, upstreamModel: "")
        #expect(text.count { $0 == "\n" } == 1 && !text.contains("\u{1B}"))
        let reason = " error=route_not_found:route not found: no ModelRoute serves model 'no such  [31mmodel'"
        #expect(text.contains(reason))
        #expect(text.hasSuffix(" model_name=no such  [31mmodel request_id=r error_origin=router timings=0ms(0+0+0)\n"))
        let json = try JSONValue.parse(Self.line(record, .json, upstreamModel: ""))
        #expect(json["model_name"]?.string == record.model && json["path"] == "/v1/x\"\\")
        #expect(json["protocol"] == "HTTP/1.0" && json["backend_type"] == nil && json["selected_pod"] == nil)
    }

    @Test(arguments: AccessLogFormat.allCases) func `the protocol is the client's`(format: AccessLogFormat) {
        let record = Self.served()
        record.isHTTP2 = true
        #expect(Self.line(record, format).contains("HTTP/2.0\""))
    }

    @Test(arguments: [
        (0 as Int64, "1970-01-01T00:00:00.000000000Z"), (951_782_400_000_001, "2000-02-29T00:00:00.000001000Z"),
        (1_795_305_599_999_999, "2026-11-21T23:59:59.999999000Z"),
    ]) func `times are RFC 3339 with nanoseconds`(time: Int64, text: String) {
        var clock = LineClock()
        for _ in 0..<2 {
            var line = ByteWriter(capacity: 64)
            clock.append(time, to: &line)
            #expect(String(decoding: line.bytes, as: UTF8.self) == text)
        }
    }

    @Test func `lines that come when as many wait as may are dropped and counted`() {
        let registry = MetricsRegistry()
        let dropped = registry.counter("dropped_total", help: "Dropped").cell()
        let written = Mutex<[UInt8]>([])
        let log = AccessLog(.text, dropped: dropped) { bytes in written.withLock { $0 += bytes } }
        let record = Self.served()
        let names = LineNames(.text, record.match, upstreamModel: "real")
        let count = 6_000
        for _ in 0..<count { log.append(record, names) }
        log.flush()
        log.append(record, names)
        log.flush()
        let lines = written.withLock { $0.count { $0 == 0x0A } }
        #expect(dropped.value > 0 && Int(dropped.value) + lines == count + 1)
        #expect(written.withLock { $0.count } < 2 * AccessLog.bytesMax)
    }
}
