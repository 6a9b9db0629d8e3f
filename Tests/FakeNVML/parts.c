// Instances of a partitioned GPU, links between GPUs, the fabric.
#include "scenario.h"

#include <string.h>

#define ENTER_DEVICE() \
    struct target target; \
    do { int entered = fake_enter_device(__func__, device, &target); if (entered) return entered; } while (0); \
    struct gpu *gpu = &fake_scenario()->gpus[target.gpu]; (void)gpu

int nvmlDeviceGetMigMode(nvml_device device, unsigned *current, unsigned *pending) {
    ENTER_DEVICE();
    if (gpu->value[key_architecture] < 7) LEAVE(nvml_not_supported);
    *current = *pending = gpu->value[key_mig] > 0;
    LEAVE(nvml_success);
}

int nvmlDeviceGetMaxMigDeviceCount(nvml_device device, unsigned *count) {
    ENTER_DEVICE();
    *count = 7;
    LEAVE(nvml_success);
}

int nvmlDeviceGetMigDeviceHandleByIndex(nvml_device device, unsigned index, nvml_device *part) {
    ENTER_DEVICE();
    if (index >= gpu->value[key_mig] || index >= parts_max) LEAVE(nvml_not_found);
    *part = fake_handle(target.gpu, (int)index);
    LEAVE(nvml_success);
}

int nvmlDeviceGetGpuInstanceId(nvml_device device, unsigned *instance) {
    ENTER_DEVICE();
    if (target.part < 0) LEAVE(nvml_invalid_argument);
    *instance = (unsigned)target.part + 7;
    LEAVE(nvml_success);
}

int nvmlDeviceGetComputeInstanceId(nvml_device device, unsigned *instance) {
    ENTER_DEVICE();
    if (target.part < 0) LEAVE(nvml_invalid_argument);
    *instance = 0;
    LEAVE(nvml_success);
}

int nvmlDeviceGetAttributes_v2(nvml_device device, void *structure) {
    ENTER_DEVICE();
    if (target.part < 0) LEAVE(nvml_invalid_argument);
    *(nvml_attributes *)structure = (nvml_attributes){
        .multiprocessors = 16, .gpu_slices = 1, .compute_slices = 1,
        .memory_megabytes = gpu->value[key_total] / parts_max >> 20};
    LEAVE(nvml_success);
}

int nvmlDeviceGetNvLinkState(nvml_device device, unsigned link, unsigned *is_active) {
    ENTER_DEVICE();
    if (link >= gpu->value[key_links]) LEAVE(nvml_invalid_argument);
    *is_active = link < gpu->value[key_links_active];
    LEAVE(nvml_success);
}

int nvmlDeviceGetNvLinkVersion(nvml_device device, unsigned link, unsigned *version) {
    ENTER_DEVICE();
    if (link >= gpu->value[key_links]) LEAVE(nvml_invalid_argument);
    *version = (unsigned)gpu->value[key_nvlink_version];
    LEAVE(nvml_success);
}

int nvmlDeviceGetNvLinkRemoteDeviceType(nvml_device device, unsigned link, unsigned *type) {
    ENTER_DEVICE();
    if (link >= gpu->value[key_links]) LEAVE(nvml_invalid_argument);
    *type = (unsigned)gpu->value[key_remote];
    LEAVE(nvml_success);
}

// Links to a switch answer zeros, links to a GPU its address.
int nvmlDeviceGetNvLinkRemotePciInfo_v2(nvml_device device, unsigned link, void *structure) {
    ENTER_DEVICE();
    struct scenario *scenario = fake_scenario();
    nvml_pci_info *info = structure;
    if (link >= gpu->value[key_links]) LEAVE(nvml_invalid_argument);
    memset(info, 0, sizeof *info);
    uint64_t peer = gpu->value[key_peer];
    if (gpu->value[key_remote] == 0 && peer < (uint64_t)scenario->gpu_count) {
        info->domain = (unsigned)scenario->gpus[peer].value[key_domain];
        info->bus = (unsigned)scenario->gpus[peer].value[key_bus];
        info->pci_device_id = (unsigned)scenario->gpus[peer].value[key_pci_id];
    }
    LEAVE(nvml_success);
}

int nvmlDeviceGetGpuFabricInfo(nvml_device device, void *structure) {
    ENTER_DEVICE();
    nvml_fabric_v1 *info = structure;
    memcpy(info->cluster, fake_scenario()->cluster, 16);
    info->status = (int)gpu->value[key_fabric_status];
    info->clique = (unsigned)gpu->value[key_clique];
    info->state = (uint8_t)gpu->value[key_fabric_state];
    LEAVE(nvml_success);
}

int nvmlDeviceGetGpuFabricInfoV(nvml_device device, void *structure) {
    ENTER_DEVICE();
    nvml_fabric_v3 *info = structure;
    unsigned highest = fake_version_max(__func__, 3);
    int is_third = info->version == nvml_fabric_v3_version && highest >= 3;
    if (!is_third && !(info->version == nvml_fabric_v2_version && highest >= 2)) LEAVE(nvml_argument_version_mismatch);
    memcpy(info->cluster, fake_scenario()->cluster, 16);
    info->status = (int)gpu->value[key_fabric_status];
    info->clique = (unsigned)gpu->value[key_clique];
    info->state = (uint8_t)gpu->value[key_fabric_state];
    info->health = (unsigned)gpu->value[key_health];
    if (is_third) info->summary = (uint8_t)gpu->value[key_summary];
    LEAVE(nvml_success);
}

int nvmlDeviceGetPlatformInfo(nvml_device device, void *structure) {
    ENTER_DEVICE();
    nvml_platform *info = structure;
    unsigned highest = fake_version_max(__func__, 2);
    int is_known = (info->version == nvml_platform_v2_version && highest >= 2) ||
                   (info->version == nvml_platform_v1_version && highest >= 1);
    if (!gpu->value[key_slot]) LEAVE(nvml_not_supported);
    if (!is_known) LEAVE(nvml_argument_version_mismatch);
    memcpy(info->chassis_serial, "1821225190097", 14);
    info->slot = (uint8_t)gpu->value[key_slot];
    info->tray = (uint8_t)gpu->value[key_tray];
    info->host = 1;
    info->module = (uint8_t)gpu->value[key_module];
    LEAVE(nvml_success);
}

// Pairs of GPUs share a PCIe switch, halves of the machine a NUMA node.
int nvmlDeviceGetTopologyCommonAncestor(nvml_device device, nvml_device other, unsigned *level) {
    ENTER_DEVICE();
    int index = (int)((uintptr_t)other >> 8 & 0xFF);
    uint64_t other_node = fake_scenario()->gpus[index].value[key_numa];
    *level = index / 2 == target.gpu / 2 ? 10 : other_node == gpu->value[key_numa] ? 40 : 50;
    LEAVE(nvml_success);
}

int nvmlDeviceGetP2PStatus(nvml_device device, nvml_device other, unsigned capability, unsigned *status) {
    ENTER_DEVICE();
    int index = (int)((uintptr_t)other >> 8 & 0xFF);
    int is_peer = gpu->value[key_remote] == 2 || gpu->value[key_peer] == (uint64_t)index;
    int is_linked = gpu->value[key_links_active] && is_peer;
    if (gpu->value[key_mig]) *status = 5;
    else *status = capability != 2 || is_linked ? 0 : 5;
    LEAVE(nvml_success);
}
