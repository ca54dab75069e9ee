/** A path as seen from a folder, where that is shorter: what people type, and what CI systems link to. */
export function seenFrom(folder: string, path: string): string {
  const prefix = folder.endsWith('/') ? folder : `${folder}/`
  return path.startsWith(prefix) ? path.slice(prefix.length) : path
}
