/** The only door to programs, /proc and /sys. Each interface has a fake beside it that answers to the same contract. */
import type { Socket } from 'node:net'
import type { ListenWhere, Loopback } from './elsewhere.ts'

export { runAttached } from './attached.ts'
export { ownCapabilities } from './capabilities.ts'
export {
  API_SOCKET,
  type BubbleOptions,
  enterBubble,
  enterNetns,
  firstProcessOf,
  HOST_NAMESPACE,
  LIFELINE,
  openSocket,
  startBubble,
} from './bubble.ts'
export { type Cgroups, createCgroups, noCgroups, type Place } from './cgroups/cgroups.ts'
export { type Limits, PERIOD } from './cgroups/plan.ts'
export type {
  Containers,
  ContainerOptions,
  ContainerState,
  ExecOptions,
  Execution,
  Exited,
  Running,
  Starting,
} from './container.ts'
export { type Conntrack, createConntrack, type Flow } from './conntrack.ts'
export { createCrun } from './crun.ts'
export { discardStart } from './discard.ts'
export { fakeConntrack } from './fake-conntrack.ts'
export { fakeContainers, type FakePrograms } from './fake-container.ts'
export { fakeSandboxes } from './fake-sandbox.ts'
export { createIp, type Ip, type IpObject } from './ip.ts'
export { createMounts, type Mounts } from './mounts.ts'
export { isNoSuchObject, type Nft, NftError, type NftObject } from './nftables/nft.ts'
export type { RememberRule } from './nftables/remember-rule.ts'
export { createNft } from './nftables/nft-host.ts'
export { environment, finish, type Finished, ProgramError, run, type RunOptions } from './run.ts'
export { createSandboxes, type Sandbox, type Sandboxes, type SandboxNetwork, sandboxPaths, type SandboxPaths } from './sandbox.ts'
export { signalNumber } from './signals.ts'
export { getSysctl, setSysctl } from './sysctl.ts'

/** As in elsewhere.ts. Loaded when first needed: calling into libc costs memory that most nodes never need. */
export const connectIn = async (namespace: string, port: number, host?: Loopback): Promise<Socket> =>
  (await import('./elsewhere.ts')).connectIn(namespace, port, host)
export const listenIn = async (namespace: string, where: ListenWhere): Promise<number> =>
  (await import('./elsewhere.ts')).listenIn(namespace, where)
export { trimWhenIdle } from './trim.ts'
