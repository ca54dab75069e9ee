/**
 * A place in the order of a play, the same on every host of a batch: compared as text. What lies inside a step (a
 * block's tasks, what is included) begins with the step's own place.
 */
export type Place = string

export const beforeAll: Place = ' '
export const behindAll: Place = '~~'

const width = 4

/** Of the step at `index` inside another, or of the play. */
export function placeIn(parent: Place, index: number): Place {
  return parent + index.toString(36).padStart(width, '0')
}

/** In a step, before everything that it holds. */
export function inside(place: Place): Place {
  return `${place} `
}

/** Behind a step and everything in it, before the next. */
export function behind(place: Place): Place {
  return `${place}~`
}
