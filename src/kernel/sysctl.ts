import { readFileSync, writeFileSync } from 'node:fs'

const file = (name: string): string => `/proc/sys/${name.replaceAll('.', '/')}`

/** Writes a kernel setting, `net.ipv4.ip_forward`; settings below `net` belong to this process's network namespace. */
export const setSysctl = (name: string, value: string | number): void => writeFileSync(file(name), String(value))

/** A kernel setting without its newline; undefined where this kernel doesn't have it. */
export function getSysctl(name: string): string | undefined {
  try {
    return readFileSync(file(name), 'utf8').trim()
  } catch {
    return undefined
  }
}
