package import JSONValues
package import Topology

extension VendorReport {
    /// How it stands with the library; the devices have pages of their own.
    package func json(now: ContinuousClock.Instant) -> JSONValue {
        var versions = JSONObject()
        for (name, version) in self.versions.sorted(by: { $0.key < $1.key }) { versions[name] = .string(version) }
        return .members([
            "vendor": .string(vendor.rawValue), "state": .string(state.rawValue),
            "detail": detail.isEmpty ? nil : .string(detail), "versions": .object(versions),
            "devices": JSONValue(devices.count),
            "secondsOld": sampledAt.map { .double(($0.duration(to: now) / .milliseconds(1)).rounded() / 1_000) },
        ])
    }
}

extension DeviceFault {
    /// One fault, with its age in seconds.
    package func json(now: ContinuousClock.Instant) -> JSONValue {
        .members([
            "device": key.device.isEmpty ? nil : .string(key.device), "part": key.part.json,
            "reason": .string(key.reason), "message": .string(message),
            "severity": .string(verdict.severity.description), "action": .string(verdict.action.description),
            "count": JSONValue(count), "sinceSeconds": .double((since.duration(to: now) / .seconds(1)).rounded()),
        ])
    }
}

extension Fact {
    /// The value with its sources and who says otherwise.
    package func json(_ write: (Value) -> JSONValue) -> JSONValue {
        .members([
            "value": write(value), "evidence": .array(evidence.map { .string($0.rawValue) }),
            "confidence": .string(confidence.rawValue),
            "contradictions": contradictions.isEmpty
                ? nil
                : .array(
                    contradictions.map {
                        ["value": write($0.value), "evidence": .string($0.evidence.rawValue)]
                    }),
        ])
    }
}
