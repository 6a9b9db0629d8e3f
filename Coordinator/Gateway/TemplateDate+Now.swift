import ChatTemplates
import Glibc

extension TemplateDate {
    /// The moment in UTC, which is the local time of engines in containers.
    static var utcNow: TemplateDate {
        var seconds = time(nil)
        var parts = unsafe tm()
        unsafe gmtime_r(&seconds, &parts)
        return unsafe TemplateDate(
            year: Int(parts.tm_year) + 1_900, month: Int(parts.tm_mon) + 1, day: Int(parts.tm_mday),
            hour: Int(parts.tm_hour), minute: Int(parts.tm_min), second: Int(parts.tm_sec))
    }
}
