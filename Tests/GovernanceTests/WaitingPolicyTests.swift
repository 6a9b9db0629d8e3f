import Governance
import Testing

struct WaitingPolicyTests {
    static func read(_ environment: [String: String]) throws -> WaitingPolicy {
        try WaitingPolicy { environment[$0] }
    }

    @Test func `without variables requests wait in order of arrival`() throws {
        #expect(try Self.read([:]) == WaitingPolicy())
        #expect(try Self.read(["ENABLE_FAIRNESS_SCHEDULING": "false"]).order == .arrival)
    }

    @Test func `fairness has Kthena's defaults`() throws {
        let policy = try Self.read(["ENABLE_FAIRNESS_SCHEDULING": "true"])
        guard case .fairness(let fairness) = policy.order else { throw Wrong() }
        #expect(fairness == WaitingPolicy.Fairness())
        #expect(policy.timeout == .seconds(60))
    }

    struct Wrong: Error {}

    @Test func `reads every variable`() throws {
        let policy = try Self.read([
            "ENABLE_FAIRNESS_SCHEDULING": "true", "FAIRNESS_QUEUE_TIMEOUT": "1m30s",
            "FAIRNESS_PRIORITY_TOKEN_WEIGHT": "0.5", "FAIRNESS_PRIORITY_REQUEST_NUM_WEIGHT": "2",
            "FAIRNESS_WINDOW_SIZE": "1h", "FAIRNESS_INPUT_TOKEN_WEIGHT": "3", "FAIRNESS_OUTPUT_TOKEN_WEIGHT": "4",
            "FAIRNESS_MAX_CONCURRENT": "5", "FAIRNESS_MAX_QPS": "6",
        ])
        var wanted = WaitingPolicy.Fairness()
        (wanted.tokenWeight, wanted.requestWeight, wanted.inputWeight, wanted.outputWeight) = (0.5, 2, 3, 4)
        (wanted.window, wanted.concurrentMax, wanted.perSecondMax) = (.seconds(3_600), 5, 6)
        #expect(policy.order == .fairness(wanted))
        #expect(policy.timeout == .seconds(90))
        let boosted = try Self.read([
            "ENABLE_SESSION_BOOST": "1", "SESSION_BOOST_HEADER": "X-Chat", "SESSION_BOOST_MAX_SESSIONS": "7",
            "SESSION_BOOST_INFLIGHT_PER_POD": "8", "SESSION_BOOST_GRACE_PERIOD": "250ms", "SESSION_BOOST_TIMEOUT": "0",
        ])
        var boost = WaitingPolicy.SessionBoost()
        (boost.header, boost.sessionsMax, boost.inFlightPerPod) = ("X-Chat", 7, 8)
        boost.gracePeriod = .milliseconds(250)
        #expect(boosted.order == .sessionBoost(boost))
        #expect(boosted.timeout == nil)
    }

    @Test(arguments: [
        ("FAIRNESS_PRIORITY_TOKEN_WEIGHT", "NaN"), ("FAIRNESS_PRIORITY_TOKEN_WEIGHT", "-1"),
        ("FAIRNESS_OUTPUT_TOKEN_WEIGHT", "inf"), ("FAIRNESS_WINDOW_SIZE", "59s"), ("FAIRNESS_WINDOW_SIZE", "61m"),
        ("FAIRNESS_MAX_QPS", "0"), ("FAIRNESS_MAX_CONCURRENT", "-1"), ("FAIRNESS_QUEUE_TIMEOUT", "soon"),
    ]) func `what cannot be used is the default`(name: String, value: String) throws {
        let policy = try Self.read(["ENABLE_FAIRNESS_SCHEDULING": "true", name: value])
        #expect(policy.order == .fairness(WaitingPolicy.Fairness()) && policy.timeout == .seconds(60))
    }

    @Test func `both queues at once are a fault`() {
        #expect(throws: WaitingPolicy.Fault.self) {
            try Self.read(["ENABLE_FAIRNESS_SCHEDULING": "true", "ENABLE_SESSION_BOOST": "true"])
        }
    }
}
