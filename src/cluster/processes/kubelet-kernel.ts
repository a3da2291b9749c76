import { join } from 'node:path'
import {
  createConntrack,
  createCrun,
  createIp,
  createMounts,
  createNft,
  createSandboxes,
  type Nft,
  setSysctl,
} from '../../kernel/index.ts'
import type { KubeletKernel } from '../../kubelet/index.ts'

/** The real kernel for a kubelet that keeps its state in `stateDir`. */
export function kubeletKernel(stateDir: string, nft: Nft = createNft()): KubeletKernel {
  const ip = createIp()
  const sandboxes = createSandboxes(join(stateDir, 'sandboxes'), ip)
  return {
    containers: createCrun(join(stateDir, 'crun')),
    sandboxes,
    ip,
    nft,
    conntrack: createConntrack(),
    mounts: createMounts(),
    setSysctl,
  }
}
