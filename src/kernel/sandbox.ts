import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isIPv6 } from '../lib/index.ts'
import type { Ip } from './ip.ts'
import { ProgramError, finish, run } from './run.ts'

/**
 * Namespaces that containers share, kept alive by bind mounts instead of a process: network, System V IPC, host name.
 *
 * The network namespace of sandbox `x` is `/run/netns/x`, so `ip netns exec x …` works. It is joined to the namespace
 * this process is in by one veth pair, point to point: the sandbox has a /32 address and a default route to a gateway
 * address that sits on the near end, where a /32 route leads to it. Every packet is routed, none is bridged. IPv6 is the same with
 * a /128; there the gateway is the near end's link-local address, by which a router also asks for its neighbours.
 */
export interface Sandboxes {
  /** Rejects, leaving nothing behind, when the kernel refuses or the name is taken. */
  create(sandbox: Sandbox): Promise<void>
  /** Takes the namespaces and the interface away. A name that doesn't exist is no error. */
  remove(names: readonly string[]): Promise<void>
  /** Every sandbox of this folder, however it came there; empty when there is none. */
  list(): Promise<readonly Sandbox[]>
}

export interface Sandbox {
  /** Unique in the mount namespace; a file name. */
  readonly name: string
  /** Left out, the sandbox has no network of its own. */
  readonly network?: SandboxNetwork
}

export interface SandboxNetwork {
  /** `10.244.1.5`, `fd00:10:244:1::5`: one of each family at most. */
  readonly addresses: readonly string[]
  /** The IPv4 address of the near end, the same for every sandbox of a node. */
  readonly gateway: string
  /** The near end's name; at most 15 characters. */
  readonly interface: string
}

/** Where containers find the namespaces of a sandbox. */
export interface SandboxPaths {
  readonly ipc: string
  readonly uts: string
  readonly network: string
}

const NETNS = '/run/netns'

export const sandboxPaths = (folder: string, name: string): SandboxPaths => ({
  ipc: join(folder, name, 'ipc'),
  uts: join(folder, name, 'uts'),
  network: join(NETNS, name),
})

/** `folder` holds what must be remembered; it has to lie on a private mount (see mount_namespaces(7)). */
export function createSandboxes(folder: string, ip: Ip): Sandboxes {
  const description = (name: string): string => join(folder, name, 'sandbox.json')

  const remove = async (names: readonly string[]): Promise<void> => {
    const found = (await list()).filter(({ name }) => names.includes(name))
    await ip.batch(found.flatMap(({ network }) => (network ? [`link del ${network.interface}`] : []))).catch(ignoreMissing)
    const files = names.flatMap((name) => Object.values(sandboxPaths(folder, name)))
    if (files.length > 0) await finish('umount', ['-l', ...files])
    await Promise.all(files.map((file) => rm(file, { force: true })))
    await Promise.all(names.map((name) => rm(join(folder, name), { recursive: true, force: true })))
  }
  const list = async (): Promise<Sandbox[]> => {
    const names = await readdir(folder).catch(() => [])
    const found = await Promise.all(
      names.map(async (name) => {
        const text = await readFile(description(name), 'utf8').catch(() => undefined)
        // There was no room to write it down, and so nothing more was made.
        return text === '' ? { name } : text && (JSON.parse(text) as Sandbox)
      }),
    )
    return found.filter((sandbox) => sandbox !== undefined && sandbox !== '')
  }
  return {
    remove,
    list,
    async create(sandbox) {
      const { name, network } = sandbox
      const paths = sandboxPaths(folder, name)
      await mkdir(folder, { recursive: true })
      if (network) await mkdir(NETNS, { recursive: true })
      await mkdir(join(folder, name))
      try {
        // Written first: whoever finds half a sandbox knows what to remove.
        await writeFile(description(name), JSON.stringify(sandbox))
        await unshare(paths, network)
        if (network) await ip.batch(nearEnd(network))
      } catch (error) {
        await remove([name])
        throw error
      }
    },
  }
}

/** New namespaces, pinned to files, and the far end of the veth pair made from within, all in one process. */
async function unshare(paths: SandboxPaths, network: SandboxNetwork | undefined): Promise<void> {
  const pins = network ? Object.entries(paths) : Object.entries(paths).filter(([kind]) => kind !== 'network')
  await Promise.all(pins.map(([, file]) => writeFile(file, '')))
  const flags = pins.map(([kind, file]) => `--${kind === 'network' ? 'net' : kind}=${file}`)
  const input = network ? `${farEnd(network).join('\n')}\n` : ''
  await run('unshare', [...flags, 'ip', '-batch', '-'], { input })
}

/** The near end's, on every wire. */
const LINK_LOCAL_GATEWAY = 'fe80::1'

/**
 * With IPv6 the kernel gives neither end an address of its own choice: it would first ask for two seconds whether anybody else has
 * it, and for routers. Nobody has the others either, so nobody is asked (nodad).
 */
function farEnd({ addresses, gateway, interface: near }: SandboxNetwork): string[] {
  const { ipv4, ipv6 } = byFamily(addresses)
  return [
    'link set lo up',
    `link add eth0 type veth peer name ${near} netns ${process.pid}`,
    ...(ipv6.length > 0 ? ['link set eth0 addrgenmode none'] : []),
    ...ipv4.map((address) => `addr add ${address}/32 dev eth0`),
    ...ipv6.map((address) => `addr add ${address}/128 dev eth0 nodad`),
    'link set eth0 up',
    ...(ipv4.length > 0 ? [`route add ${gateway} dev eth0 scope link`, `route add default via ${gateway}`] : []),
    ...ipv6.map(() => `route add default via ${LINK_LOCAL_GATEWAY} dev eth0`),
  ]
}

function nearEnd({ addresses, gateway, interface: near }: SandboxNetwork): string[] {
  const { ipv4, ipv6 } = byFamily(addresses)
  return [
    ...(ipv6.length > 0 ? [`link set ${near} addrgenmode none`, `addr add ${LINK_LOCAL_GATEWAY}/128 dev ${near} nodad`] : []),
    ...(ipv4.length > 0 ? [`addr add ${gateway}/32 dev ${near}`] : []),
    `link set ${near} up`,
    ...ipv4.map((address) => `route replace ${address}/32 dev ${near}`),
    ...ipv6.map((address) => `route replace ${address}/128 dev ${near}`),
  ]
}

const byFamily = (addresses: readonly string[]): { readonly ipv4: readonly string[]; readonly ipv6: readonly string[] } => ({
  ipv4: addresses.filter((address) => !isIPv6(address)),
  ipv6: addresses.filter(isIPv6),
})

function ignoreMissing(error: unknown): void {
  if (!(error instanceof ProgramError) || !error.stderr.includes('Cannot find device')) throw error
}
