import ContainerShim
import JSONValues
import KubernetesAPI

/// Makes the volumes of pods as folders and files of this machine.
///
/// Paths of the machine are used where they exist. One that is missing gets a stand-in inside the state directory, so
/// that no manifest writes into the root file system of a laptop; `makesHostPaths` lifts that.
struct VolumeStore: Sendable {
    /// A volume that is ready to be mounted.
    struct Ready: Sendable, Hashable {
        var path: String
        var isReadOnly = false
        /// One sentence for people when the volume is not quite what the manifest says.
        var remark: String?
    }

    let state: StateDirectory
    let makesHostPaths: Bool

    /// The volume of a pod, made unless an earlier container has made it.
    func prepare(_ volume: JSONValue, _ subject: ContainerEnvironment) throws(StartProblem) -> Ready {
        let name = volume["name"]?.string ?? ""
        guard StateDirectory.isStep(name) else { throw .volume(name, "the name is not usable") }
        let uid = subject.pod.uid
        do {
            if let empty = volume["emptyDir"] {
                return Ready(path: try emptyFolder(uid, name, inMemory: empty["medium"]?.string == "Memory"))
            }
            if let host = volume["hostPath"] { return try hostPath(host, name) }
            if let claim = volume[path: "persistentVolumeClaim", "claimName"]?.string {
                guard StateDirectory.isStep(claim) else { throw StartProblem.volume(name, "the claim's name") }
                let path = state.claim(subject.pod.key.namespace, claim)
                try Folder.make(path)
                return Ready(path: path, remark: "volume \"\(name)\": claim \(claim) is the folder \(path)")
            }
            let files = ProjectedFiles(subject: subject, volume: name)
            if let contents = try files.contents(of: volume) {
                let path = state.volume(uid, name)
                try Folder.make(path)
                try write(contents, into: path, volume: name)
                return Ready(path: path, isReadOnly: true)
            }
        } catch let problem as StartProblem {
            throw problem
        } catch {
            throw .volume(name, "\(error)")
        }
        let kind = volume.object?.keys.first { $0 != "name" } ?? "none"
        throw .volume(
            name, "a volume of kind \(kind) needs a cluster; use emptyDir, hostPath or persistentVolumeClaim here")
    }

    /// Removes what lies outside the pod's own folder.
    func release(_ pod: Pod) {
        for volume in pod.object.spec["volumes"]?.elements ?? [] {
            guard let name = volume["name"]?.string, StateDirectory.isStep(name) else { continue }
            if volume[path: "emptyDir", "medium"]?.string == "Memory" {
                try? Folder.remove(state.memory(pod.uid, name))
            }
        }
    }

    private func emptyFolder(_ uid: String, _ name: String, inMemory: Bool) throws -> String {
        let path = inMemory ? state.memory(uid, name) : state.volume(uid, name)
        do {
            try Folder.make(path, mode: 0o777)
            return path
        } catch  where inMemory {
            // No memory file system here: a folder serves as well, only slower.
            let path = state.volume(uid, name)
            try Folder.make(path, mode: 0o777)
            return path
        }
    }

    private func hostPath(_ host: JSONValue, _ name: String) throws -> Ready {
        let path = host["path"]?.string ?? ""
        guard path.hasPrefix("/"), !path.split(separator: "/").contains("..") else {
            throw StartProblem.volume(name, "hostPath \"\(path)\" is not an absolute path without \"..\"")
        }
        let type = host["type"]?.string ?? ""
        let kind = Folder.kind(path)
        let wanted = VolumeStore.kinds[type] ?? nil
        if let kind, wanted == nil || kind == wanted { return Ready(path: path) }
        if let kind {
            throw StartProblem.volume(name, "hostPath \(path) is a \(kind), the manifest asks for \(type)")
        }
        if wanted == .socket || wanted == .characterDevice || wanted == .blockDevice {
            throw StartProblem.volume(name, "hostPath \(path) (\(type)) is not on this machine")
        }
        let creates = type.hasSuffix("OrCreate") || type.isEmpty
        if makesHostPaths && !creates {
            throw StartProblem.volume(name, "hostPath \(path) (\(type)) is not on this machine")
        }
        let place = makesHostPaths ? path : state.standIn(path)
        try makeEmpty(place, isFile: wanted == .file)
        if makesHostPaths { return Ready(path: place) }
        let remark = "volume \"\(name)\": \(path) is not on this machine, an empty stand-in takes its place"
        return Ready(path: place, remark: creates ? nil : remark)
    }

    private func makeEmpty(_ path: String, isFile: Bool) throws {
        if !isFile { return try Folder.make(path) }
        if let slash = path.lastIndex(of: "/") { try Folder.make(String(path[..<slash])) }
        if Folder.kind(path) == nil { try StateFile.overwrite(path, with: []) }
    }

    private func write(_ contents: [String: ProjectedFiles.File], into folder: String, volume: String) throws {
        for (path, file) in contents {
            let steps = path.split(separator: "/").map(String.init)
            guard !steps.isEmpty, steps.allSatisfy(StateDirectory.isStep) else {
                throw StartProblem.volume(volume, "path \"\(path)\" is not usable")
            }
            try Folder.make(([folder] + steps.dropLast()).joined(separator: "/"))
            try StateFile.replace(([folder] + steps).joined(separator: "/"), with: file.bytes, mode: file.mode)
        }
    }

    /// What a hostPath type asks for; nil where anything will do.
    private static let kinds: [String: FileKind?] = [
        "": nil, "Directory": .directory, "DirectoryOrCreate": .directory, "File": .file, "FileOrCreate": .file,
        "Socket": .socket, "CharDevice": .characterDevice, "BlockDevice": .blockDevice,
    ]
}
