CALL many(400);
