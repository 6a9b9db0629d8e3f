import Glibc

/// Why a vendor's library could not be opened.
enum LibraryProblem: Error, Hashable {
    /// None of the places has it.
    case missing
    /// It is there and cannot be loaded; the loader's own words.
    case unusable(String)
}

/// A library opened at run time. It stays loaded until `close`; functions found in it must not be called after that.
@safe struct DynamicLibrary {
    /// What was opened.
    let path: String
    private let handle: UnsafeMutableRawPointer

    /// Opens the first of some libraries that can be; a bare name is looked for where the loader looks.
    init(anyOf paths: [String]) throws(LibraryProblem) {
        var problem = LibraryProblem.missing
        for path in paths {
            if let handle = unsafe dlopen(path, RTLD_LAZY | RTLD_LOCAL) {
                self.path = path
                unsafe self.handle = unsafe handle
                return
            }
            let reason = unsafe dlerror().map { unsafe String(cString: $0) } ?? "unknown reason"
            let isMissing = reason.hasPrefix("\(path): cannot open shared object file: No such file")
            if !isMissing, problem == .missing { problem = .unusable(reason) }
        }
        throw problem
    }

    /// The first of these names that the library has.
    func symbol(_ names: [String]) -> UnsafeMutableRawPointer? {
        for name in names {
            if let found = unsafe dlsym(handle, name) { return unsafe found }
        }
        return nil
    }

    func close() { unsafe dlclose(handle) }
}
