package import JSONValues

/// Makes unsound objects of sound ones, by a seed.
package enum JSONSpoiler {
    /// A value with one of its values, at any depth, replaced or removed.
    package static func spoiled(_ value: JSONValue, _ random: inout SeededRandom) -> JSONValue {
        switch value {
        case .object(let members) where !members.isEmpty && random.chance(85):
            let name = members.keys[random.below(members.count)]
            var copy = value
            copy[name] = random.chance(10) ? nil : spoiled(members[name] ?? .null, &random)
            return copy
        case .array(let elements) where !elements.isEmpty && random.chance(85):
            var elements = elements
            let index = random.below(elements.count)
            elements[index] = spoiled(elements[index], &random)
            return .array(elements)
        default: return strange[random.below(strange.count)]
        }
    }

    private static let strange: [JSONValue] = [
        .null, true, -1, 0, 1, .integer(.max), .integer(.min), 2_147_483_647, 2_147_483_648, 1.5, 1e300, "", "x", "/",
        "-1", "150%", "99999999999999999999%", "1e9999", "9223372036854775807", "\u{0}", "405b", "://", "pvc://..",
        "ModelServing/Role", "https://[", "99999999h", [], [[]], [.null], .object(JSONObject()), ["name": .null],
        ["metricName": 3], ["kv-transfer-config": "{"], .string(String(repeating: "é", count: 300)),
    ]
}
