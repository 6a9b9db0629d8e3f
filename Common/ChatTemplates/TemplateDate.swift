/// The local time that `strftime_now` tells. The caller reads the clock, for a template has none.
package struct TemplateDate: Sendable, Hashable {
    package var year: Int
    /// From 1.
    package var month: Int
    /// Of the month, from 1.
    package var day: Int
    package var hour: Int
    package var minute: Int
    package var second: Int

    package init(year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0) {
        self.year = year
        self.month = month
        self.day = day
        self.hour = hour
        self.minute = minute
        self.second = second
    }

    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]
    private static let weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]

    private var isLeapYear: Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

    /// From 1.
    var dayOfYear: Int {
        let before = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334]
        return before[max(0, min(month, 12) - 1)] + day + (month > 2 && isLeapYear ? 1 : 0)
    }

    /// From 0, Sunday.
    var weekday: Int {
        let years = year - 1
        return (years * 365 + years / 4 - years / 100 + years / 400 + dayOfYear) % 7
    }

    /// The date in the form that C's `strftime` gives in the C locale; a directive that is not known is an error.
    func text(_ format: Text, line: Int) throws(TemplateError) -> Text {
        var output = ""
        var scalars = format.scalars[...]
        while let scalar = scalars.popFirst() {
            guard scalar == "%" else {
                output.unicodeScalars.append(scalar)
                continue
            }
            var directive = scalars.popFirst()
            let isBare = directive == "-"
            if isBare { directive = scalars.popFirst() }
            guard let directive, let field = field(directive, isBare: isBare) else {
                throw TemplateError(.unsupported, "a date format that is not known here", line: line)
            }
            output += field
        }
        return Text(output)
    }

    private func field(_ directive: Unicode.Scalar, isBare: Bool) -> String? {
        func padded(_ number: Int, _ width: Int = 2) -> String {
            let digits = String(number)
            return isBare ? digits : String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        let month = TemplateDate.months[max(0, min(self.month, 12) - 1)]
        let weekday = TemplateDate.weekdays[weekday]
        switch directive {
        case "d": return padded(day)
        case "m": return padded(self.month)
        case "H": return padded(hour)
        case "I": return padded((hour + 11) % 12 + 1)
        case "M": return padded(minute)
        case "S": return padded(second)
        case "y": return padded(year % 100)
        case "j": return padded(dayOfYear, 3)
        case _ where isBare: return nil
        case "Y": return String(year)
        case "B": return month
        case "b", "h": return String(month.prefix(3))
        case "A": return weekday
        case "a": return String(weekday.prefix(3))
        case "p": return hour < 12 ? "AM" : "PM"
        case "F": return "\(year)-\(padded(self.month))-\(padded(day))"
        case "T": return "\(padded(hour)):\(padded(minute)):\(padded(second))"
        case "D": return "\(padded(self.month))/\(padded(day))/\(padded(year % 100))"
        case "R": return "\(padded(hour)):\(padded(minute))"
        case "%": return "%"
        default: return nil
        }
    }
}
