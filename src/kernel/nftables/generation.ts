import { attributeOf, FLAGS, message } from './messages.ts'
import type { Netlink } from './netlink.ts'

const NFT_MSG_GETGEN = (10 << 8) | 16
const NFTA_GEN_ID = 1

/** How many transactions the nftables of this network namespace have seen, modulo 2^32; whoever made them. */
export function generationOf(netlink: Netlink): number {
  const [answer] = netlink.ask(message({ type: NFT_MSG_GETGEN, flags: FLAGS.request, family: 0 }))
  return attributeOf(answer!.attributes, NFTA_GEN_ID)!.readUInt32BE()
}
