import CNVML

/// A function of NVIDIA's library: what it takes, and its names, the newest first.
struct NVMLSymbol<Signature>: Sendable {
    let names: [String]

    init(_ names: String...) { self.names = names }

    /// How the agent speaks of it.
    var name: String { names[0] }
}

/// The functions that the agent calls. All are optional but `initialise` or `initialiseOlder`, `shutDown`, `count`,
/// `handle` and `uuid`.
enum NVML {
    static let initialise = NVMLSymbol<NVMLSignatures.CallWithFlags>("nvmlInitWithFlags")
    static let initialiseOlder = NVMLSymbol<NVMLSignatures.Call>("nvmlInit_v2", "nvmlInit")
    static let shutDown = NVMLSymbol<NVMLSignatures.Call>("nvmlShutdown")
    static let count = NVMLSymbol<NVMLSignatures.ReadCount>("nvmlDeviceGetCount_v2")
    static let handle = NVMLSymbol<NVMLSignatures.FindByIndex>("nvmlDeviceGetHandleByIndex_v2")
    static let uuid = NVMLSymbol<NVMLSignatures.ReadText>("nvmlDeviceGetUUID")

    static let driverVersion = NVMLSymbol<NVMLSignatures.ReadSystemText>("nvmlSystemGetDriverVersion")
    static let libraryVersion = NVMLSymbol<NVMLSignatures.ReadSystemText>("nvmlSystemGetNVMLVersion")
    static let cudaVersion = NVMLSymbol<NVMLSignatures.ReadSystemNumber>("nvmlSystemGetCudaDriverVersion_v2")

    static let name = NVMLSymbol<NVMLSignatures.ReadText>("nvmlDeviceGetName")
    static let serial = NVMLSymbol<NVMLSignatures.ReadText>("nvmlDeviceGetSerial")
    static let partNumber = NVMLSymbol<NVMLSignatures.ReadText>("nvmlDeviceGetBoardPartNumber")
    static let minorNumber = NVMLSymbol<NVMLSignatures.ReadWord>("nvmlDeviceGetMinorNumber")
    static let moduleID = NVMLSymbol<NVMLSignatures.ReadWord>("nvmlDeviceGetModuleId")
    static let architecture = NVMLSymbol<NVMLSignatures.ReadWord>("nvmlDeviceGetArchitecture")
    static let computeCapability = NVMLSymbol<NVMLSignatures.ReadPair>("nvmlDeviceGetCudaComputeCapability")
    static let pci = NVMLSymbol<NVMLSignatures.ReadStructure>("nvmlDeviceGetPciInfo_v3", "nvmlDeviceGetPciInfo_v2")
    static let memoryAffinity = NVMLSymbol<NVMLSignatures.ReadNodeSet>("nvmlDeviceGetMemoryAffinity")

    static let linkGeneration = NVMLSymbol<NVMLSignatures.ReadWord>("nvmlDeviceGetCurrPcieLinkGeneration")
    static let linkWidth = NVMLSymbol<NVMLSignatures.ReadWord>("nvmlDeviceGetCurrPcieLinkWidth")
    static let linkGenerationMax = NVMLSymbol<NVMLSignatures.ReadWord>("nvmlDeviceGetMaxPcieLinkGeneration")
    static let linkWidthMax = NVMLSymbol<NVMLSignatures.ReadWord>("nvmlDeviceGetMaxPcieLinkWidth")
    static let memory = NVMLSymbol<NVMLSignatures.ReadStructure>("nvmlDeviceGetMemoryInfo_v2")
    static let memoryOlder = NVMLSymbol<NVMLSignatures.ReadStructure>("nvmlDeviceGetMemoryInfo")
    static let utilisation = NVMLSymbol<NVMLSignatures.ReadStructure>("nvmlDeviceGetUtilizationRates")
    static let temperature = NVMLSymbol<NVMLSignatures.ReadStructure>("nvmlDeviceGetTemperatureV")
    static let temperatureOlder = NVMLSymbol<NVMLSignatures.ReadWordOf>("nvmlDeviceGetTemperature")
    static let power = NVMLSymbol<NVMLSignatures.ReadWord>("nvmlDeviceGetPowerUsage")
    static let powerLimit = NVMLSymbol<NVMLSignatures.ReadWord>("nvmlDeviceGetEnforcedPowerLimit")
    static let clock = NVMLSymbol<NVMLSignatures.ReadWordOf>("nvmlDeviceGetClockInfo")
    static let clockReasons = NVMLSymbol<NVMLSignatures.ReadLong>(
        "nvmlDeviceGetCurrentClocksEventReasons", "nvmlDeviceGetCurrentClocksThrottleReasons")
    static let eccMode = NVMLSymbol<NVMLSignatures.ReadWords>("nvmlDeviceGetEccMode")
    static let eccErrors = NVMLSymbol<NVMLSignatures.ReadErrors>("nvmlDeviceGetTotalEccErrors")
    static let sramErrors = NVMLSymbol<NVMLSignatures.ReadStructure>("nvmlDeviceGetSramEccErrorStatus")
    static let remappedRows = NVMLSymbol<NVMLSignatures.ReadFour>("nvmlDeviceGetRemappedRows")
    static let retiredPending = NVMLSymbol<NVMLSignatures.ReadWord>("nvmlDeviceGetRetiredPagesPendingStatus")
    static let processes = NVMLSymbol<NVMLSignatures.ReadProcesses>(
        "nvmlDeviceGetComputeRunningProcesses_v3", "nvmlDeviceGetComputeRunningProcesses_v2")
    static let fields = NVMLSymbol<NVMLSignatures.ReadFields>("nvmlDeviceGetFieldValues")

    static let migMode = NVMLSymbol<NVMLSignatures.ReadWords>("nvmlDeviceGetMigMode")
    static let partCountMax = NVMLSymbol<NVMLSignatures.ReadWord>("nvmlDeviceGetMaxMigDeviceCount")
    static let part = NVMLSymbol<NVMLSignatures.FindPart>("nvmlDeviceGetMigDeviceHandleByIndex")
    static let gpuInstance = NVMLSymbol<NVMLSignatures.ReadWord>("nvmlDeviceGetGpuInstanceId")
    static let computeInstance = NVMLSymbol<NVMLSignatures.ReadWord>("nvmlDeviceGetComputeInstanceId")
    static let attributes = NVMLSymbol<NVMLSignatures.ReadStructure>(
        "nvmlDeviceGetAttributes_v2", "nvmlDeviceGetAttributes")

    static let commonAncestor = NVMLSymbol<NVMLSignatures.Compare>("nvmlDeviceGetTopologyCommonAncestor")
    static let peerStatus = NVMLSymbol<NVMLSignatures.CompareIn>("nvmlDeviceGetP2PStatus")
    static let nvLinkState = NVMLSymbol<NVMLSignatures.ReadWordOf>("nvmlDeviceGetNvLinkState")
    static let nvLinkVersion = NVMLSymbol<NVMLSignatures.ReadWordOf>("nvmlDeviceGetNvLinkVersion")
    static let nvLinkRemoteType = NVMLSymbol<NVMLSignatures.ReadWordOf>("nvmlDeviceGetNvLinkRemoteDeviceType")
    static let nvLinkRemote = NVMLSymbol<NVMLSignatures.ReadStructureOf>(
        "nvmlDeviceGetNvLinkRemotePciInfo_v2", "nvmlDeviceGetNvLinkRemotePciInfo")
    static let fabric = NVMLSymbol<NVMLSignatures.ReadStructure>("nvmlDeviceGetGpuFabricInfoV")
    static let fabricOlder = NVMLSymbol<NVMLSignatures.ReadStructure>("nvmlDeviceGetGpuFabricInfo")
    static let platform = NVMLSymbol<NVMLSignatures.ReadStructure>("nvmlDeviceGetPlatformInfo")

    static let makeEventSet = NVMLSymbol<NVMLSignatures.MakeEventSet>("nvmlEventSetCreate")
    static let eventTypes = NVMLSymbol<NVMLSignatures.ReadLong>("nvmlDeviceGetSupportedEventTypes")
    static let registerEvents = NVMLSymbol<NVMLSignatures.RegisterEvents>("nvmlDeviceRegisterEvents")
    static let waitForEvent = NVMLSymbol<NVMLSignatures.WaitForEvent>("nvmlEventSetWait_v2", "nvmlEventSetWait")
    static let freeEventSet = NVMLSymbol<NVMLSignatures.FreeEventSet>("nvmlEventSetFree")
}
