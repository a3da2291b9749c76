import { PortolanError } from '../../lib/index.ts'
import { type AddressPlan, familyOf, type IPFamily } from '../addresses.ts'
import { hasIPv6 } from '../bubble/requirements.ts'

/** What a new cluster has whose user didn't say. */
const USUAL: IPFamily = 'dual'

export interface ChosenFamily {
  readonly family: IPFamily
  /** Why it isn't the usual one. */
  readonly instead?: string
}

const NO_IPV6 = "this computer's kernel gives no IPv6 to new networks"

/**
 * Which addresses a cluster is started with: its own if it is `known`, those that are `wanted`, or the usual ones as far as the
 * kernel has them. Throws NoIPv6 when it hasn't.
 */
export async function chooseFamily(wanted: IPFamily | undefined, known: AddressPlan | undefined): Promise<ChosenFamily> {
  const family = (known && familyOf(known)) ?? wanted ?? USUAL
  if (family === 'ipv4' || (await hasIPv6())) return { family }
  if (known) throw new PortolanError('NoIPv6', `the cluster has IPv6 addresses, but ${NO_IPV6}`)
  if (wanted) throw new PortolanError('NoIPv6', `${NO_IPV6}; --ip-family ipv4 does without`)
  return { family: 'ipv4', instead: NO_IPV6 }
}
