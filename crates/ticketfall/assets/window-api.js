// Gives the dashboard's pages `window.api`, as the original application had it.

import { createTicketfallApi } from './ticketfall-api.js';

window.api = Object.freeze(createTicketfallApi());
