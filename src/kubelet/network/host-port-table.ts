import type { Flow } from '../../kernel/index.ts'
import type { KubeletKernel } from '../options.ts'
import { type Family, familyOf, type HostPort, hostPortScript } from './host-ports.ts'

/** The node's host ports in the kernel, by Pod. */
export interface HostPortTable {
  /** Those of the Pods that an earlier kubelet left; what else it may have written goes. To be called once, first. */
  restore(ports: ReadonlyMap<string, readonly HostPort[]>): Promise<void>
  /** Resolves once they lead to the Pod. A Pod without any costs nothing. */
  open(uid: string, ports: readonly HostPort[]): Promise<void>
  close(uid: string): Promise<void>
}

/** Sent when there was nobody yet. */
const isUntranslated = ({ to, by }: Flow, { hostIP }: HostPort): boolean =>
  by.address === to.address && (hostIP === '' || to.address === hostIP)

/** In the families of the node. One transaction at a time; what is asked for meanwhile shares the next one. */
export function createHostPortTable({ nft, conntrack, setSysctl }: KubeletKernel, families: readonly Family[]): HostPortTable {
  const byPod = new Map<string, readonly HostPort[]>()
  let last = Promise.resolve()
  let next: Promise<void> | undefined

  const write = (): Promise<void> => {
    next ??= last.then(() => {
      next = undefined
      const ports = [...byPod.values()].flat()
      // Else packets from 127.0.0.1 could not leave for a Pod; the table drops those that come from elsewhere.
      if (ports.length > 0) setSysctl('net.ipv4.conf.all.route_localnet', 1)
      return nft.run(hostPortScript(ports, families))
    })
    last = next.catch(() => {})
    return next
  }
  return {
    restore(ports) {
      for (const [uid, own] of ports) byPod.set(uid, own)
      return write()
    },
    async open(uid, ports) {
      if (ports.length === 0) return
      byPod.set(uid, ports)
      await write()
      await forgetFlows(ports, isUntranslated)
    },
    async close(uid) {
      const ports = byPod.get(uid)
      if (!byPod.delete(uid) || !ports) return
      await write()
      await forgetFlows(ports, (flow, { podIP }) => flow.by.address === podIP)
    },
  }

  /** A client of UDP that goes on sending would otherwise be led where its first packet was. */
  async function forgetFlows(ports: readonly HostPort[], isStale: (flow: Flow, port: HostPort) => boolean): Promise<void> {
    for (const protocol of ['udp', 'sctp'] as const)
      for (const family of families) {
        const own = ports.filter((port) => port.protocol === protocol && familyOf(port.podIP) === family)
        if (own.length === 0) continue
        const flows = await conntrack.list(protocol, family)
        await conntrack.remove(flows.filter((flow) => own.some((port) => port.hostPort === flow.to.port && isStale(flow, port))))
      }
  }
}
