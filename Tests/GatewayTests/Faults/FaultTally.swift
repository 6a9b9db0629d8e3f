import HTTPWire
import JSONValues

/// How the requests of a fault matrix ended, and what must not have happened.
struct FaultTally: Sendable {
    /// Violations that are kept in words.
    static let violationsMax = 20

    /// Every way a request may end.
    enum Outcome: String, Sendable, Comparable {
        /// All of one engine's answer.
        case whole
        /// A beginning of one engine's answer, and a connection that says that it is no more.
        case cut
        /// The engine's own refusal, 429 or 500.
        case refused
        /// This router's 503: every engine failed.
        case failed
        /// This router's 503: too much is being retried.
        case budget
        /// The client left.
        case left
        /// Nothing in all the time a client has.
        case hung
        /// Something that must never be.
        case wrong

        static func < (left: Outcome, right: Outcome) -> Bool { left.rawValue < right.rawValue }
    }

    private(set) var outcomes: [Outcome: Int] = [:]
    private(set) var violations: [String] = []

    var total: Int { outcomes.values.reduce(0, +) }

    subscript(outcome: Outcome) -> Int { outcomes[outcome] ?? 0 }

    mutating func add(_ outcome: Outcome, _ why: String? = nil) {
        outcomes[outcome, default: 0] += 1
        if let why, violations.count < Self.violationsMax { violations.append(why) }
    }

    /// Takes in what one client saw: the status, what came of the body, and whether that was all of it.
    mutating func add(_ request: FaultRequest, status: Int, body: [UInt8], isWhole: Bool) {
        let text = String(decoding: body, as: UTF8.self)
        switch status {
        case 200: addAnswer(request, text, isWhole: isWhole)
        case 429, 500:
            guard isWhole, text == request.refusal else {
                return add(.wrong, "r\(request.number): \(status) with \(text.prefix(200))")
            }
            add(.refused)
        case 503:
            switch (try? JSONValue.parse(text))?[path: "error", "reason"]?.string {
            case "all_pods_failed": add(.failed)
            case "retry_budget": add(.budget)
            default: add(.wrong, "r\(request.number): 503 with \(text.prefix(200))")
            }
        default: add(.wrong, "r\(request.number): status \(status), \(text.prefix(200))")
        }
    }

    private mutating func addAnswer(_ request: FaultRequest, _ text: String, isWhole: Bool) {
        var place = 0
        var engine = ""
        for part in text.split(separator: "<", omittingEmptySubsequences: false).dropFirst() {
            // The last token of a cut answer may be cut too.
            guard let end = part.firstIndex(of: ">"), let at = part.firstIndex(of: "@") else {
                if isWhole { return add(.wrong, "r\(request.number): a cut token in a whole answer") }
                continue
            }
            let from = String(part[part.index(after: at)..<end])
            if engine.isEmpty { engine = from }
            guard from == engine, part[..<at] == "r\(request.number)/\(place)" else {
                return add(.wrong, "r\(request.number): token \(place) is <\(part.prefix(60)), from \(engine) before")
            }
            place += 1
        }
        guard isWhole else { return add(.cut) }
        guard place == request.tokens else {
            return add(.wrong, "r\(request.number): \(place) of \(request.tokens) tokens in an answer that ends well")
        }
        add(.whole)
    }

    mutating func merge(_ other: FaultTally) {
        outcomes.merge(other.outcomes, uniquingKeysWith: +)
        violations = Array((violations + other.violations).prefix(Self.violationsMax))
    }

    var text: String { outcomes.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ") }
}
