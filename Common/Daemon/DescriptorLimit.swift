import Glibc

/// How many files and connections the process may have open.
package enum DescriptorLimit {
    /// Asks for as many as the system allows, for systems begin with few so that old programs work. Gives the number
    /// now in force; nil where it cannot be known.
    @discardableResult
    package static func raise() -> Int? {
        var limit = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard unsafe getrlimit(resource, &limit) == 0 else { return nil }
        if limit.rlim_cur < limit.rlim_max {
            var wanted = limit
            wanted.rlim_cur = limit.rlim_max
            if unsafe setrlimit(resource, &wanted) == 0 { limit = wanted }
        }
        return Int(clamping: limit.rlim_cur)
    }
}
