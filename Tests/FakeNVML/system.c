// Life cycle, versions, enumeration, identity.
#include "scenario.h"

#include <stdio.h>
#include <string.h>

#define ENTER() do { int entered = fake_enter(__func__); if (entered) return entered; } while (0)
#define ENTER_DEVICE() \
    struct target target; \
    do { int entered = fake_enter_device(__func__, device, &target); if (entered) return entered; } while (0); \
    struct gpu *gpu = &fake_scenario()->gpus[target.gpu]; (void)gpu

int nvmlInitWithFlags(unsigned flags) {
    ENTER();
    if (!(flags & nvml_init_no_gpus) && !fake_scenario()->gpu_count) LEAVE(nvml_not_found);
    fake_initialised();
    LEAVE(nvml_success);
}

int nvmlInit_v2(void) {
    ENTER();
    if (!fake_scenario()->gpu_count) LEAVE(nvml_not_found);
    fake_initialised();
    LEAVE(nvml_success);
}

int nvmlShutdown(void) {
    ENTER();
    LEAVE(fake_shut_down());
}

int nvmlSystemGetDriverVersion(char *text, unsigned length) {
    ENTER();
    LEAVE(fake_copy(fake_scenario()->driver, text, length));
}

int nvmlSystemGetNVMLVersion(char *text, unsigned length) {
    ENTER();
    char version[80];
    snprintf(version, sizeof version, "13.%.60s", fake_scenario()->driver);
    LEAVE(fake_copy(version, text, length));
}

int nvmlSystemGetCudaDriverVersion_v2(int *version) {
    ENTER();
    *version = 12080;
    LEAVE(nvml_success);
}

int nvmlDeviceGetCount_v2(unsigned *count) {
    ENTER();
    *count = (unsigned)fake_scenario()->gpu_count;
    LEAVE(nvml_success);
}

int nvmlDeviceGetHandleByIndex_v2(unsigned index, nvml_device *device) {
    struct target target;
    nvml_device handle = fake_handle((int)index, -1);
    int entered = fake_enter_device(__func__, handle, &target);
    if (entered) return entered;
    *device = handle;
    LEAVE(nvml_success);
}

int nvmlDeviceGetName(nvml_device device, char *text, unsigned length) {
    ENTER_DEVICE();
    char name[96];
    snprintf(name, sizeof name, "%s%s", gpu->name, target.part < 0 ? "" : " MIG 1g.10gb");
    LEAVE(fake_copy(name, text, length));
}

int nvmlDeviceGetUUID(nvml_device device, char *text, unsigned length) {
    ENTER_DEVICE();
    char uuid[96];
    if (target.part < 0) snprintf(uuid, sizeof uuid, "GPU-00000000-0000-4000-8000-%012d", target.gpu);
    else snprintf(uuid, sizeof uuid, "MIG-00000000-0000-5000-8000-%06d%06d", target.gpu, target.part);
    LEAVE(fake_copy(uuid, text, length));
}

int nvmlDeviceGetSerial(nvml_device device, char *text, unsigned length) {
    ENTER_DEVICE();
    char serial[30];
    snprintf(serial, sizeof serial, "16508230%05d", target.gpu);
    LEAVE(fake_copy(serial, text, length));
}

int nvmlDeviceGetBoardPartNumber(nvml_device device, char *text, unsigned length) {
    ENTER_DEVICE();
    LEAVE(fake_copy("692-2G520-0200-000", text, length));
}

int nvmlDeviceGetMinorNumber(nvml_device device, unsigned *minor) {
    ENTER_DEVICE();
    *minor = (unsigned)target.gpu;
    LEAVE(nvml_success);
}

int nvmlDeviceGetModuleId(nvml_device device, unsigned *module) {
    ENTER_DEVICE();
    *module = (unsigned)gpu->value[key_module];
    LEAVE(nvml_success);
}

int nvmlDeviceGetArchitecture(nvml_device device, unsigned *architecture) {
    ENTER_DEVICE();
    *architecture = (unsigned)gpu->value[key_architecture];
    LEAVE(nvml_success);
}

int nvmlDeviceGetCudaComputeCapability(nvml_device device, int *major, int *minor) {
    ENTER_DEVICE();
    *major = (int)gpu->value[key_major];
    *minor = (int)gpu->value[key_minor];
    LEAVE(nvml_success);
}

int nvmlDeviceGetPciInfo_v3(nvml_device device, void *structure) {
    ENTER_DEVICE();
    nvml_pci_info *info = structure;
    memset(info, 0, sizeof *info);
    info->domain = (unsigned)gpu->value[key_domain];
    info->bus = (unsigned)gpu->value[key_bus];
    info->pci_device_id = (unsigned)gpu->value[key_pci_id];
    snprintf(info->bus_id, sizeof info->bus_id, "%08X:%02X:00.0", info->domain, info->bus);
    LEAVE(nvml_success);
}

int nvmlDeviceGetMemoryAffinity(nvml_device device, unsigned count, unsigned long *set, unsigned scope) {
    ENTER_DEVICE();
    (void)scope;
    if (!count) LEAVE(nvml_insufficient_size);
    memset(set, 0, count * sizeof *set);
    set[0] = 1ul << gpu->value[key_numa];
    LEAVE(nvml_success);
}
