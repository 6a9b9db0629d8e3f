import HTTPWire

/// Times of day as lines have them: RFC 3339 in UTC, with nanoseconds. The date and second are put together once for
/// all lines of a second, whose requests began in it.
struct LineClock: Sendable {
    private var second = Int64.min
    private var text: [UInt8] = []

    /// Appends a moment, microseconds since 1970.
    mutating func append(_ microseconds: Int64, to line: inout ByteWriter) {
        let second = microseconds / 1_000_000
        if second != self.second {
            self.second = second
            var writer = ByteWriter(capacity: 64)
            Self.append(second: second, to: &writer)
            text = writer.bytes
        }
        line.append(contentsOf: text)
        line.append(digits: UInt(max(0, microseconds % 1_000_000)), width: 6)
        line.append(literal: "000Z")
    }

    private static func append(second: Int64, to text: inout ByteWriter) {
        let days = second / 86_400
        // Days to a date by counting 400-year cycles that begin in March.
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthIndex = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthIndex + 2) / 5 + 1
        let month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        func add(_ value: Int64, _ width: Int, _ end: UInt8) {
            text.append(digits: UInt(max(0, value)), width: width)
            text.append(end)
        }
        add(year, 4, UInt8(ascii: "-"))
        add(month, 2, UInt8(ascii: "-"))
        add(day, 2, UInt8(ascii: "T"))
        add(second % 86_400 / 3_600, 2, UInt8(ascii: ":"))
        add(second % 3_600 / 60, 2, UInt8(ascii: ":"))
        add(second % 60, 2, UInt8(ascii: "."))
    }
}
