/// How requests wait where there is no room for them.
package struct WaitingPolicy: Sendable, Hashable {
    /// In which order they go on.
    package enum Order: Sendable, Hashable {
        case arrival
        /// Users who used least go first.
        case fairness(Fairness)
        /// Sessions that just got an answer go first, while their prompts are still cached.
        case sessionBoost(SessionBoost)
    }

    /// Weights of fair queueing, with Kthena's names and values.
    package struct Fairness: Sendable, Hashable {
        package var tokenWeight = 1.0
        package var requestWeight = 0.0
        package var inputWeight = 1.0
        package var outputWeight = 2.0
        package var window = Duration.seconds(300)
        /// Requests of a model under way; 0 for `perSecondMax` instead.
        package var concurrentMax = 0
        /// Requests of a model that go on in a second.
        package var perSecondMax = 100

        package init() {}
    }

    /// Session boost, with Kthena's names and values.
    package struct SessionBoost: Sendable, Hashable {
        /// The header that names a session.
        package var header = "X-Session-ID"
        package var sessionsMax = 4_096
        package var inFlightPerPod = 16
        /// How long a freed place is kept for the session that freed it.
        package var gracePeriod = Duration.zero

        package init() {}
    }

    package var order = Order.arrival
    /// Requests of a model that wait; more are refused.
    package var waitingMax = 4_096
    /// Bytes of requests of a model that wait; more are refused.
    package var waitingBytesMax = 256 * 1_048_576
    /// How long one waits; nil for ever.
    package var timeout: Duration? = .seconds(30)
    /// Requests under way for each pod of a model before others wait, where the order is that of arrival.
    package var inFlightPerPod = 1_024

    package init() {}

    /// What is wrong with the environment, as one sentence.
    package struct Fault: Error, Sendable, Hashable, CustomStringConvertible {
        package var description: String
    }

    /// Reads Kthena's variables. Values that cannot be used fall back to the defaults; both queues at once are a
    /// fault.
    package init(environment: (String) -> String?) throws(Fault) {
        func isOn(_ name: String) -> Bool { ["true", "1", "t"].contains(environment(name)?.lowercased() ?? "") }
        func weight(_ name: String, _ value: inout Double) {
            guard let number = environment(name).flatMap(Double.init), number.isFinite, number >= 0 else { return }
            value = number
        }
        func count(_ name: String, _ value: inout Int, from least: Int) {
            guard let number = environment(name).flatMap({ Int($0) }), number >= least else { return }
            value = number
        }
        func time(_ name: String) -> Duration? { environment(name).flatMap(GoDuration.parse) }
        let (isFair, isBoosted) = (isOn("ENABLE_FAIRNESS_SCHEDULING"), isOn("ENABLE_SESSION_BOOST"))
        guard !(isFair && isBoosted) else {
            throw Fault(
                description: "ENABLE_FAIRNESS_SCHEDULING and ENABLE_SESSION_BOOST exclude each other; set one of them.")
        }
        if isFair {
            var fairness = Fairness()
            weight("FAIRNESS_PRIORITY_TOKEN_WEIGHT", &fairness.tokenWeight)
            weight("FAIRNESS_PRIORITY_REQUEST_NUM_WEIGHT", &fairness.requestWeight)
            weight("FAIRNESS_INPUT_TOKEN_WEIGHT", &fairness.inputWeight)
            weight("FAIRNESS_OUTPUT_TOKEN_WEIGHT", &fairness.outputWeight)
            count("FAIRNESS_MAX_CONCURRENT", &fairness.concurrentMax, from: 0)
            count("FAIRNESS_MAX_QPS", &fairness.perSecondMax, from: 1)
            if let window = time("FAIRNESS_WINDOW_SIZE"), (.seconds(60)...(.seconds(3_600))).contains(window) {
                fairness.window = window
            }
            timeout = time("FAIRNESS_QUEUE_TIMEOUT").flatMap { $0 > .zero ? $0 : nil } ?? .seconds(60)
            order = .fairness(fairness)
        } else if isBoosted {
            var boost = SessionBoost()
            if let header = environment("SESSION_BOOST_HEADER"), !header.isEmpty { boost.header = header }
            count("SESSION_BOOST_MAX_SESSIONS", &boost.sessionsMax, from: 1)
            count("SESSION_BOOST_INFLIGHT_PER_POD", &boost.inFlightPerPod, from: 1)
            if let grace = time("SESSION_BOOST_GRACE_PERIOD"), grace > .zero { boost.gracePeriod = grace }
            if let limit = time("SESSION_BOOST_TIMEOUT") { timeout = limit > .zero ? limit : nil }
            order = .sessionBoost(boost)
        }
    }
}

/// Durations as Go writes them: `1m30s`, `250ms`, `0`.
package enum GoDuration {
    /// Nil for a text that is none.
    package static func parse(_ text: String) -> Duration? {
        if text == "0" { return .zero }
        var rest = Substring(text)
        let isNegative = rest.hasPrefix("-")
        if isNegative { rest.removeFirst() }
        guard !rest.isEmpty else { return nil }
        var seconds = 0.0
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isNumber || $0 == "." }
            guard let number = Double(digits) else { return nil }
            rest = rest.dropFirst(digits.count)
            let unit = rest.prefix { !$0.isNumber && $0 != "." }
            rest = rest.dropFirst(unit.count)
            switch unit {
            case "h": seconds += number * 3_600
            case "m": seconds += number * 60
            case "s": seconds += number
            case "ms": seconds += number / 1e3
            case "us", "µs": seconds += number / 1e6
            case "ns": seconds += number / 1e9
            default: return nil
            }
        }
        return .seconds(isNegative ? -seconds : seconds)
    }
}
