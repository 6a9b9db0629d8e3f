package import JSONValues

/// One fact about an object's state (KEP-1623): its type, whether it holds, since when and why.
package struct Condition: Sendable, Hashable {
    package var type: String
    /// `True`, `False` or `Unknown`.
    package var status: String
    /// One CamelCase word.
    package var reason: String
    /// One sentence for people.
    package var message: String
    package var lastTransitionTime: Timestamp
    /// The generation of the spec this fact is about; nil where a kind does not say.
    package var observedGeneration: Int?

    package init(
        _ type: String, _ holds: Bool, reason: String, message: String, at time: Timestamp,
        observedGeneration: Int? = nil
    ) {
        self.type = type
        self.status = holds ? "True" : "False"
        self.reason = reason
        self.message = message
        self.lastTransitionTime = time
        self.observedGeneration = observedGeneration
    }

    package init?(_ json: JSONValue) {
        guard let type = json["type"]?.string, let status = json["status"]?.string else { return nil }
        self.type = type
        self.status = status
        reason = json["reason"]?.string ?? ""
        message = json["message"]?.string ?? ""
        lastTransitionTime =
            json["lastTransitionTime"]?.string.flatMap { Timestamp($0) } ?? Timestamp(microseconds: 0)
        observedGeneration = json["observedGeneration"]?.integer
    }

    package var holds: Bool { status == "True" }

    package var json: JSONValue {
        .members([
            "type": .string(type), "status": .string(status), "reason": .string(reason), "message": .string(message),
            "lastTransitionTime": .string(lastTransitionTime.description),
            "observedGeneration": observedGeneration.map { JSONValue($0) },
        ])
    }
}

extension [Condition] {
    /// Adds a condition or replaces the one of its type; the time of the last transition stays while the status does.
    package mutating func set(_ condition: Condition) {
        guard let index = firstIndex(where: { $0.type == condition.type }) else {
            append(condition)
            return
        }
        var updated = condition
        if self[index].status == condition.status { updated.lastTransitionTime = self[index].lastTransitionTime }
        self[index] = updated
    }

    package func holds(_ type: String) -> Bool { first { $0.type == type }?.holds ?? false }
}
