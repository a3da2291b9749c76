import { join } from 'node:path'
import {
  type Cgroups,
  createConntrack,
  createCrun,
  createIp,
  createMounts,
  createNft,
  createSandboxes,
  type Nft,
  noCgroups,
  setSysctl,
} from '../../kernel/index.ts'
import type { KubeletKernel } from '../../kubelet/index.ts'

const ALONE = 'a kubelet on its own has no cgroups; portolan up makes some'

export interface Parts {
  /** Left out, containers have no limits. */
  readonly cgroups?: Cgroups
  readonly nft?: Nft
}

/** The real kernel for a kubelet that keeps its state in `stateDir`. */
export function kubeletKernel(stateDir: string, { cgroups = noCgroups(ALONE), nft = createNft() }: Parts = {}): KubeletKernel {
  const ip = createIp()
  const sandboxes = createSandboxes(join(stateDir, 'sandboxes'), ip)
  return {
    containers: createCrun(join(stateDir, 'crun')),
    sandboxes,
    cgroups,
    ip,
    nft,
    conntrack: createConntrack(),
    mounts: createMounts(),
    setSysctl,
  }
}
