/// Who says what a node is made of.
package enum Evidence: String, Sendable, Hashable {
    case hwloc
    case sysfs
    case procfs
    case libnuma
    /// NVIDIA's management library.
    case nvml
    /// Huawei's device management library.
    case dcmi
    /// Follows from other facts; nobody says it.
    case inference
}

/// How far a fact can be relied on.
package enum Confidence: String, Sendable, Hashable {
    /// Sources disagree, or the one there is was wrong before.
    case low
    /// One source says so.
    case medium
    /// Sources that do not know of each other agree, or the device says so of itself.
    case high
}

/// A value with who says so, how sure it is, and who says otherwise.
///
/// 1. `confidence` is low whenever `contradictions` is not empty.
/// 2. The value is the first source's: a contradiction is told, never settled in silence.
package struct Fact<Value: Hashable & Sendable>: Sendable, Hashable {
    /// What another source says instead.
    package struct Contradiction: Sendable, Hashable {
        package var value: Value
        package var evidence: Evidence
    }

    package let value: Value
    /// The sources of this value, the first one first.
    package private(set) var evidence: [Evidence]
    package private(set) var confidence: Confidence
    package private(set) var contradictions: [Contradiction] = []

    package init(_ value: Value, _ evidence: Evidence, _ confidence: Confidence = .medium) {
        self.value = value
        self.evidence = [evidence]
        self.confidence = confidence
    }

    /// Takes another source's word; one that is silent (nil) changes nothing.
    package mutating func take(_ other: Value?, from source: Evidence) {
        guard let other, !evidence.contains(source), !contradictions.contains(where: { $0.evidence == source }) else {
            return
        }
        if other == value {
            evidence.append(source)
            if contradictions.isEmpty { confidence = .high }
        } else {
            contradictions.append(Contradiction(value: other, evidence: source))
            confidence = .low
        }
    }
}
