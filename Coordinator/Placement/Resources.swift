/// Amounts of resources by name, in thousandths of the resource's unit (8 GPUs are 8,000; 1 byte is 1,000).
package struct Resources: Sendable, Hashable {
    /// No entry is zero, so equal amounts are equal values.
    package private(set) var milli: [String: Int64]

    package init(_ milli: [String: Int64] = [:]) { self.milli = milli.filter { $0.value != 0 } }

    /// The amount of a resource, 0 where none is named.
    package subscript(name: String) -> Int64 { milli[name] ?? 0 }

    /// The name to tell first: extended resources (devices) are what a person asks about first, then it goes by name.
    static func first(of names: [String]) -> String? {
        names.min { left, right in
            let devices = (left.contains("/"), right.contains("/"))
            return devices.0 == devices.1 ? left < right : devices.0
        }
    }

    /// Some extended resource (a device) is asked for.
    package var asksForDevices: Bool { milli.contains { $0.value > 0 && $0.key.contains("/") } }

    package func fits(in free: Resources) -> Bool {
        milli.allSatisfy { $0.value <= 0 || $0.value <= free[$0.key] }
    }

    /// Sums and differences saturate instead of wrapping around.
    package static func += (left: inout Resources, right: Resources) {
        for (name, amount) in right.milli { left.set(name, adding(left[name], amount)) }
    }

    package static func -= (left: inout Resources, right: Resources) {
        for (name, amount) in right.milli { left.set(name, adding(left[name], amount == .min ? .max : -amount)) }
    }

    private mutating func set(_ name: String, _ amount: Int64) { milli[name] = amount == 0 ? nil : amount }

    private static func adding(_ left: Int64, _ right: Int64) -> Int64 {
        let (sum, overflow) = left.addingReportingOverflow(right)
        guard overflow else { return sum }
        return right > 0 ? .max : .min
    }
}
