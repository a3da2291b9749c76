import type { Nft, setSysctl } from '../kernel/index.ts'
import { type Clock, type Logger, messageOf } from '../lib/index.ts'

/** kube-proxy's (conntrack in its configuration): for connections half closed and open, in seconds. */
const SETTINGS = {
  'net.netfilter.nf_conntrack_tcp_timeout_close_wait': 3_600,
  'net.netfilter.nf_conntrack_tcp_timeout_established': 86_400,
  // Without it the kernel takes a packet from 127.0.0.1 to a Pod for a martian (KEP-6032). The table drops the real ones.
  'net.ipv4.conf.all.route_localnet': 1,
} as const

/** The kernel's settings for this network namespace. One that can't be written is logged: most packets get through without. */
export function prepareKernel(kernel: { readonly setSysctl: typeof setSysctl }, log: Logger): void {
  for (const [name, value] of Object.entries(SETTINGS)) {
    try {
      kernel.setSysctl(name, value)
    } catch (error) {
      log.warn({ name, value, error: messageOf(error) }, 'a kernel setting cannot be written')
    }
  }
}

/** Milliseconds between two looks at whether somebody else has changed the namespace's nftables, and at most where somebody always has. */
const LOOK_EVERY = 5_000
const LOOK_AT_LEAST_EVERY = 300_000

/**
 * Calls `changed` when somebody else has changed the nftables of this namespace, whichever table of it. The kernel counts
 * transactions, so a look is one message and costs microseconds; what was changed isn't asked, because elements can't
 * be compared without listing all of them. Where others make changes all the time, looks become rare, because every one of them has
 * the whole table written.
 */
export async function whenChangedByOthers(
  nft: Nft,
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
  signal: AbortSignal,
  changed: () => void,
): Promise<void> {
  try {
    for (let pause = LOOK_EVERY; ;) {
      if (await nft.changedByOthers()) {
        changed()
        pause = Math.min(pause * 2, LOOK_AT_LEAST_EVERY)
      } else pause = LOOK_EVERY
      await clock.sleep(pause, signal)
    }
  } catch (error) {
    if (!signal.aborted) log.warn({ error: messageOf(error) }, 'changes of the table by others will not be seen')
  }
}
