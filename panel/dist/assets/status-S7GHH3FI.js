import{a,b}from"./chunk-IXVPYIOV.js";import"./chunk-QIU6KQEM.js";import"./chunk-T4JPOZA6.js";import"./chunk-D7T4XN55.js";import"./chunk-AAZABAPM.js";export{b as Figure,a as StatusPage};
