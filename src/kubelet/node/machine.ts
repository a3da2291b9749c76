import { readFileSync, statfsSync } from 'node:fs'
import { arch, cpus, release, totalmem } from 'node:os'
import type { NodeSystemInfo } from '../../api/index.ts'
import { run } from '../../kernel/index.ts'

/** What a node says about the machine it is on. */
export interface Machine {
  readonly cpus: number
  /** Bytes. */
  readonly memory: number
  /** Bytes. */
  readonly storage: number
  /** Whether its kernel enforces profiles of AppArmor. */
  readonly appArmor: boolean
  readonly info: NodeSystemInfo
}

const KUBELET_VERSION = 'v1.36.0'
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' }

export async function readMachine(dataDir: string): Promise<Machine> {
  const { bsize, blocks } = statfsSync(dataDir)
  const machineID = read('/etc/machine-id')
  return {
    cpus: cpus().length,
    memory: totalmem(),
    storage: bsize * blocks,
    appArmor: read('/sys/module/apparmor/parameters/enabled') === 'Y',
    info: {
      architecture: ARCHITECTURES[arch()] ?? arch(),
      bootID: read('/proc/sys/kernel/random/boot_id'),
      containerRuntimeVersion: `crun://${await crunVersion()}`,
      kernelVersion: release(),
      kubeProxyVersion: '',
      kubeletVersion: KUBELET_VERSION,
      machineID,
      operatingSystem: 'linux',
      osImage: osImage(read('/etc/os-release')),
      systemUUID: read('/sys/class/dmi/id/product_uuid') || machineID,
    },
  }
}

/** `crun version 1.8.1` */
const crunVersion = async (): Promise<string> => /version (\S+)/.exec((await run('crun', ['--version'])).stdout)?.[1] ?? 'unknown'

const osImage = (release: string): string => /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(release)?.[1] ?? 'Linux'

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    return ''
  }
}
