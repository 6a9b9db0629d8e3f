/// Amounts of resources as people read them.
enum AmountText {
    /// A whole number of units, thousandths with `m`, and bytes in binary units, rounded down to a tenth.
    static func text(_ milli: Int64, of resource: String) -> String {
        guard isBytes(resource) else { return milli % 1_000 == 0 ? "\(milli / 1_000)" : "\(milli)m" }
        let bytes = milli / 1_000
        for (unit, shift) in [("Ti", 40), ("Gi", 30), ("Mi", 20), ("Ki", 10)] as [(String, Int64)] {
            let size = Int64(1) << shift
            guard abs(bytes) >= size else { continue }
            let tenths = bytes / (size / 16) * 10 / 16
            return tenths % 10 == 0 ? "\(tenths / 10)\(unit)" : "\(tenths / 10).\(abs(tenths % 10))\(unit)"
        }
        return "\(bytes)"
    }

    private static func isBytes(_ resource: String) -> Bool {
        resource == "memory" || resource == "ephemeral-storage" || resource.hasPrefix("hugepages-")
    }
}
