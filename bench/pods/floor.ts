import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const CONFIG = {
  ociVersion: '1.0.2',
  process: { args: ['/bin/true'], env: ['PATH=/usr/bin:/bin'], cwd: '/', user: { uid: 0, gid: 0 } },
  root: { path: 'root', readonly: true },
  mounts: [{ destination: '/proc', type: 'proc', source: 'proc' }],
  linux: { namespaces: [{ type: 'pid' }, { type: 'mount' }] },
}

/** The loop, in mount and PID namespaces of its own: crun refuses the cgroup hierarchy of a hybrid host. */
const LOOP = `while umount -l /sys/fs/cgroup 2>/dev/null; do :; done
mount -t cgroup2 none /sys/fs/cgroup
mkdir "$2/root" && mount --bind / "$2/root" || exit 1
i=0
date +%s%N
while [ $i -lt $1 ]; do
  crun --root "$2/state" --cgroup-manager=disabled run --bundle "$2" "floor-$i" || exit 1
  i=$((i + 1))
done
date +%s%N`

/** Milliseconds that crun needs to run /bin/true this many times, one after the other, with nothing around it. */
export function crunFloor(times: number): number {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-bench-'))
  try {
    writeFileSync(join(folder, 'config.json'), JSON.stringify(CONFIG))
    const flags = ['--mount', '--pid', '--fork', '--mount-proc', '--propagation', 'private']
    const out = execFileSync('unshare', [...flags, 'sh', '-c', LOOP, 'floor', String(times), folder], { encoding: 'utf8' })
    const [began = 0n, ended = 0n] = out.trim().split('\n').map(BigInt)
    return Number(ended - began) / 1e6
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
