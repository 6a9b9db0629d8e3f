import CLinux
import Glibc

/// Puts volumes at their paths in this process's own mount namespace.
///
/// 1. Nothing is created on the machine's file systems: where a mount point is missing, the directory that should
///    hold it is replaced by a temporary one with the same entries.
/// 2. Inside a volume of the container itself, missing mount points are created, as container runtimes do.
struct MountBuilder {
    private let scratch: String
    /// Directories that live on a temporary file system of this namespace.
    private var owned: Set<String> = []
    private var volumes: [String] = []

    /// `scratch` is a path where a new root may be built.
    init(scratch: String) { self.scratch = scratch }

    /// Mounts outer targets before those inside them, and makes the working directory when it is missing.
    mutating func apply(_ mounts: [LaunchPlan.Mount], workingDirectory: String) throws {
        // First of all: what is opened before the root changes cannot be mounted after it.
        let paths = mounts.map(\.target) + [workingDirectory]
        if paths.contains(where: { Folder.kind("/" + ($0.split(separator: "/").first ?? "")) == nil }) {
            try mirror("/")
        }
        // Opened before anything is mounted, because a target may hide a source.
        var opened: [(mount: LaunchPlan.Mount, fd: Int32, isDirectory: Bool)] = []
        defer { for item in opened { close(item.fd) } }
        for mount in mounts.sorted(by: { MountBuilder.depth($0.target) < MountBuilder.depth($1.target) }) {
            let fd = unsafe open(mount.source, linux_o_path | O_CLOEXEC)
            guard fd >= 0 else { throw SystemError("opening the volume \(mount.source)") }
            opened.append((mount, fd, Folder.kind(mount.source) == .directory))
        }
        for item in opened {
            let target = try point(item.mount.target, isDirectory: item.isDirectory)
            try MountBuilder.bind("/proc/self/fd/\(item.fd)", target)
            if item.mount.isReadOnly { try MountBuilder.makeReadOnly(target) }
            volumes.append(target)
        }
        _ = try point(workingDirectory, isDirectory: true)
    }

    /// Replaces a directory by a temporary one that shows the same entries and takes new ones.
    mutating func mirror(_ directory: String) throws {
        if directory == "/" { return try mirrorRoot() }
        let fd = unsafe open(directory, linux_o_path | O_DIRECTORY | O_CLOEXEC)
        guard fd >= 0 else { throw SystemError("opening \(directory)") }
        defer { close(fd) }
        let names = Folder.names(directory)
        try MountBuilder.mountTemporary(directory)
        for name in names { MountBuilder.show("/proc/self/fd/\(fd)/\(name)", at: "\(directory)/\(name)") }
        owned.insert(directory)
    }

    private mutating func mirrorRoot() throws {
        try Folder.make(scratch)
        let names = Folder.names("/")
        try MountBuilder.mountTemporary(scratch)
        for name in names { MountBuilder.show("/\(name)", at: "\(scratch)/\(name)") }
        guard unsafe chdir(scratch) == 0, unsafe linux_pivot_root(".", ".") == 0 else {
            throw SystemError("changing the root to \(scratch)")
        }
        // The old root lies over the new one now; taking it off leaves the new one.
        guard unsafe linux_umount(".", linux_mnt_detach) == 0, unsafe chdir("/") == 0 else {
            throw SystemError("leaving the old root")
        }
        owned.insert("/")
    }

    /// The path to mount on, made if it is missing.
    private mutating func point(_ target: String, isDirectory: Bool) throws -> String {
        var existing = target
        var missing: [String] = []
        while existing != "/" && Folder.kind(existing) == nil {
            guard let slash = existing.lastIndex(of: "/") else { throw ShimError("\(target) is not an absolute path") }
            let name = String(existing[existing.index(after: slash)...])
            if !name.isEmpty { missing.insert(name, at: 0) }
            existing = slash == existing.startIndex ? "/" : String(existing[..<slash])
        }
        var path = try MountBuilder.resolved(existing)
        if missing.isEmpty {
            guard (Folder.kind(path) == .directory) == isDirectory else {
                throw ShimError("cannot mount on \(target): one is a directory, the other is not")
            }
            return path
        }
        let isInVolume = volumes.contains { path == $0 || path.hasPrefix($0 + "/") }
        if !owned.contains(path) && !isInVolume { try mirror(path) }
        for (index, name) in missing.enumerated() {
            path = path == "/" ? "/\(name)" : "\(path)/\(name)"
            if index < missing.count - 1 || isDirectory {
                try Folder.make(path)
                if !isInVolume { owned.insert(path) }
            } else {
                try StateFile.overwrite(path, with: [])
            }
        }
        return path
    }
}

// The mounts themselves.
extension MountBuilder {
    private static func bind(_ source: String, _ target: String) throws {
        guard unsafe linux_mount(source, target, nil, linux_ms_bind | linux_ms_rec, nil) == 0 else {
            throw SystemError("mounting a volume on \(target)")
        }
    }

    private static func makeReadOnly(_ target: String) throws {
        var status = statvfs()
        guard unsafe statvfs(target, &status) == 0 else { throw SystemError("reading the mount \(target)") }
        // nosuid, nodev, noexec stay: a user namespace may not take them off. The bits are the same in both calls.
        let kept = UInt(status.f_flag) & 0b1110
        let flags = kept | linux_ms_bind | linux_ms_remount | linux_ms_rdonly
        guard unsafe linux_mount(nil, target, nil, flags, nil) == 0 else {
            throw SystemError("making \(target) read-only")
        }
    }

    private static func mountTemporary(_ target: String) throws {
        guard unsafe linux_mount("tmpfs", target, "tmpfs", 0, "mode=0755") == 0 else {
            throw SystemError("mounting a temporary file system on \(target)")
        }
    }

    /// Shows one entry of a mirrored directory; one that may not be shown stays an empty file or directory.
    private static func show(_ source: String, at target: String) {
        var status = stat()
        guard unsafe lstat(source, &status) == 0 else { return }
        switch FileKind(mode: status.st_mode) {
        case .symbolicLink:
            var buffer = [CChar](repeating: 0, count: 4_096)
            let count = unsafe readlink(source, &buffer, buffer.count - 1)
            if count > 0 {
                let link = String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
                unsafe symlink(link, target)
            }
        case .directory:
            unsafe mkdir(target, status.st_mode & 0o7777)
            _ = try? bind(source, target)
        case .file, .socket, .characterDevice, .blockDevice, .pipe:
            try? StateFile.overwrite(target, with: [])
            _ = try? bind(source, target)
        }
    }

    private static func resolved(_ path: String) throws -> String {
        guard let pointer = unsafe realpath(path, nil) else { throw SystemError("resolving \(path)") }
        defer { unsafe free(pointer) }
        return unsafe String(cString: pointer)
    }

    private static func depth(_ path: String) -> Int { path.split(separator: "/").count }
}
